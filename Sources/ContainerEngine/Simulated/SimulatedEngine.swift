package import Logging

/// An engine without containers: it keeps their state, their time and what they would print.
///
/// Nothing runs, and nothing is delayed. Containers are kept in a folder; one whose time ended
/// while no engine looked has ended when the next one does.
package actor SimulatedEngine: ContainerEngine {
  /// The release of the simulation, told as the engine's version.
  package static let release = "1"

  private let store: SimulatedStore
  private let clock: any EngineClock
  private let options: DockerOptions
  private var containers: [ContainerKey: SimulatedContainer] = [:]
  /// Which change touched a container last; the last few removed ones stay
  /// for those that follow.
  private var revisions: [ContainerKey: UInt64] = [:]
  private var revision: UInt64 = 0
  private let signal = ChangeSignal()

  /// Opens the engine on a folder of its own. Throws `failed` where the folder cannot be used.
  package init(
    folder: String, options: DockerOptions = DockerOptions(),
    clock: any EngineClock = SystemEngineClock(), logger: Logger
  ) throws(EngineError) {
    store = try SimulatedStore(folder: folder)
    self.clock = clock
    self.options = options
    for container in try store.load(logger: logger) where container.key.isWellFormed {
      containers[container.key] = container
    }
  }

  package func version() async throws(EngineError) -> EngineVersion {
    EngineVersion(kind: .simulated, version: Self.release)
  }

  package func start(_ spec: ContainerSpec) async throws(EngineError) -> ContainerRecord {
    guard spec.key.isWellFormed else {
      throw EngineError(.refused, "\(spec.key) names no container")
    }
    if let error = refusal(of: spec) { throw error }
    if let present = containers[spec.key] { return present.record }
    var container = SimulatedContainer(
      id: ContainerID("simulated-\(spec.key.deployment).\(spec.key.attempt)"), spec: spec,
      startedAt: clock.milliseconds)
    _ = container.settle(at: container.startedAt)
    try store.save(container)
    containers[spec.key] = container
    touch(spec.key)
    var record = container.record
    // It was running, if only for a moment; its ending is an event.
    record.phase = .running
    return record
  }

  private func refusal(of spec: ContainerSpec) -> EngineError? {
    if !spec.gpuDevices.isEmpty, options.gpus == .none {
      return EngineError(.refused, "this agent runs no containers with GPUs (--gpus none)")
    }
    switch spec.environment["BERTH_SIM_START_ERROR"] {
    case "image-not-found":
      return EngineError(.imageNotFound, "image \(spec.image) was not found (simulated)")
    case "start-failed": return EngineError(.refused, "the start was refused (simulated)")
    case "unreachable": return EngineError(.unreachable, "the engine is away (simulated)")
    case nil, .some: return nil
    }
  }

  package func resume(_ id: ContainerID) async throws(EngineError) {}

  package func list(cluster: String) async throws(EngineError) -> [ContainerRecord] {
    settle()
    return containers.values.filter { $0.spec.cluster == cluster }.map(\.record)
      .sorted { $0.key < $1.key }
  }

  package func inspect(_ key: ContainerKey) async throws(EngineError) -> ContainerRecord {
    settle()
    guard let container = containers[key] else {
      throw EngineError(.notFound, "there is no container \(key)")
    }
    return container.record
  }

  package func events(cluster: String) async throws(EngineError) -> sending any EngineEventSource {
    SimulatedEventSource(engine: self, cluster: cluster)
  }

  package func stop(
    _ key: ContainerKey, grace: Duration
  ) async throws(EngineError) -> ContainerExit? {
    settle()
    guard var container = containers[key] else { return nil }
    if let ending = container.ending { return ending.exit }
    let ending = SimulatedContainer.Ending(
      milliseconds: clock.milliseconds, exit: ContainerExit(exitCode: 143))
    container.ending = ending
    try store.save(container)
    containers[key] = container
    touch(key)
    return ending.exit
  }

  package func remove(_ key: ContainerKey) async throws(EngineError) {
    store.remove(key)
    if containers.removeValue(forKey: key) != nil { touch(key) }
  }

  package func logs(
    _ key: ContainerKey, _ query: LogQuery
  ) async throws(EngineError) -> sending LogStream {
    guard let printed = printed(by: key) else {
      throw EngineError(.notFound, "there is no container \(key)")
    }
    let kept =
      query.tailLines > 0
      ? min(query.tailLines, EngineLimits.simulatedLogLines) : EngineLimits.simulatedLogLines
    return LogStream(
      SimulatedLogSource(
        engine: self, key: key, first: max(0, printed.lineCount - kept), follow: query.follow))
  }

  package func shutdown() async {}
}

/// What those that follow events and output ask.
extension SimulatedEngine {
  /// What a container has printed until now, and until when more may come.
  struct Printed: Sendable {
    var program: SimulatedProgram
    var lineCount: Int
    var startedAt: Int64
    var isOver: Bool
    var due: Int64?
    var generation: UInt64
  }

  func printed(by key: ContainerKey) -> Printed? {
    settle()
    guard let container = containers[key] else { return nil }
    let program = container.program
    let elapsed = (container.ending?.milliseconds ?? clock.milliseconds) - container.startedAt
    return Printed(
      program: program, lineCount: program.lineCount(after: elapsed),
      startedAt: container.startedAt, isOver: container.ending != nil, due: container.due,
      generation: signal.generation)
  }

  func snapshot(cluster: String) -> (records: [ContainerRecord], revision: UInt64) {
    settle()
    let records = containers.values.filter { $0.spec.cluster == cluster }.map(\.record)
    return (records.sorted { $0.key < $1.key }, revision)
  }

  /// The oldest change after a revision, or the state to wait from.
  func change(
    after seen: UInt64, cluster: String
  ) -> (event: EngineEvent?, revision: UInt64, generation: UInt64, due: Int64?) {
    settle()
    let changes = revisions.filter { $0.value > seen }.sorted { $0.value < $1.value }
    for (key, at) in changes {
      guard let container = containers[key] else {
        return (.removed(key), at, signal.generation, nil)
      }
      if container.spec.cluster == cluster {
        return (.changed(container.record), at, signal.generation, nil)
      }
    }
    return (nil, revision, signal.generation, containers.values.compactMap(\.due).min())
  }

  func wait(after generation: UInt64, until due: Int64?) async {
    await signal.wait(after: generation, until: due, clock: clock)
  }

  private func settle() {
    let now = clock.milliseconds
    for key in containers.keys {
      guard var container = containers[key], container.settle(at: now) else { continue }
      containers[key] = container
      // A failure to write is made good by the next look: the time is over then as well.
      try? store.save(container)
      touch(key)
    }
  }

  private func forgetOldRemovals() {
    let removed = revisions.filter { containers[$0.key] == nil }
    guard removed.count > EngineLimits.simulatedRemovals else { return }
    let oldest = removed.sorted { $0.value < $1.value }.prefix(removed.count / 2)
    for (key, _) in oldest { revisions[key] = nil }
  }

  private func touch(_ key: ContainerKey) {
    revision += 1
    revisions[key] = revision
    if containers[key] == nil { forgetOldRemovals() }
    signal.raise()
  }
}
