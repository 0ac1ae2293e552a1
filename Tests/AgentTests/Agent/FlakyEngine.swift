import ContainerEngine
import Synchronization

/// An engine that can be taken away: what is under way fails, and nothing works until it is back.
struct FlakyEngine: ContainerEngine {
  /// Whether it is there.
  final class Switch: Sendable {
    private let isAway = Mutex(false)
    let changes = ChangeSignal()

    func set(away: Bool) {
      isAway.withLock { $0 = away }
      changes.raise()
    }

    func check() throws(EngineError) {
      if isAway.withLock({ $0 }) { throw EngineError(.unreachable, "taken away by the test") }
    }
  }

  let engine: SimulatedEngine
  let power = Switch()

  func version() async throws(EngineError) -> EngineVersion {
    try power.check()
    return try await engine.version()
  }

  func start(_ spec: ContainerSpec) async throws(EngineError) -> ContainerRecord {
    try power.check()
    return try await engine.start(spec)
  }

  func resume(_ id: ContainerID) async throws(EngineError) { try power.check() }

  func list(cluster: String) async throws(EngineError) -> [ContainerRecord] {
    try power.check()
    return try await engine.list(cluster: cluster)
  }

  func inspect(_ key: ContainerKey) async throws(EngineError) -> ContainerRecord {
    try power.check()
    return try await engine.inspect(key)
  }

  func events(cluster: String) async throws(EngineError) -> sending any EngineEventSource {
    try power.check()
    return Events(engine: engine, cluster: cluster, power: power)
  }

  func stop(
    _ key: ContainerKey, grace: Duration
  ) async throws(EngineError) -> ContainerExit? {
    try power.check()
    return try await engine.stop(key, grace: grace)
  }

  func remove(_ key: ContainerKey) async throws(EngineError) {
    try power.check()
    try await engine.remove(key)
  }

  func logs(
    _ key: ContainerKey, _ query: LogQuery
  ) async throws(EngineError) -> sending LogStream {
    try power.check()
    return try await engine.logs(key, query)
  }

  func shutdown() async {}

  /// Tells the snapshot, then nothing but that the engine went away.
  private final class Events: EngineEventSource {
    private let engine: SimulatedEngine
    private let cluster: String
    private let power: Switch
    private var hasSnapshot = false

    init(engine: SimulatedEngine, cluster: String, power: Switch) {
      self.engine = engine
      self.cluster = cluster
      self.power = power
    }

    func next() async throws(EngineError) -> EngineEvent {
      if !hasSnapshot {
        let records = try await engine.list(cluster: cluster)
        hasSnapshot = true
        return .snapshot(records)
      }
      while !Task.isCancelled {
        let generation = power.changes.generation
        try power.check()
        await power.changes.wait(after: generation)
      }
      throw EngineError(.cancelled, "cancelled")
    }
  }
}
