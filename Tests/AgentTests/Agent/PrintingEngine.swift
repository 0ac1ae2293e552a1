import ContainerEngine
import Synchronization

/// An engine whose containers print without end, and that counts what is read of it.
struct PrintingEngine: ContainerEngine {
  let source: EndlessLogs

  func version() async throws(EngineError) -> EngineVersion {
    EngineVersion(kind: .simulated, version: "printing")
  }

  func start(_ spec: ContainerSpec) async throws(EngineError) -> ContainerRecord {
    ContainerRecord(key: spec.key, id: ContainerID("x"), phase: .running)
  }

  func resume(_ id: ContainerID) async throws(EngineError) {}

  func list(cluster: String) async throws(EngineError) -> [ContainerRecord] { [] }

  func inspect(_ key: ContainerKey) async throws(EngineError) -> ContainerRecord {
    ContainerRecord(key: key, id: ContainerID("x"), phase: .running)
  }

  func events(cluster: String) async throws(EngineError) -> sending any EngineEventSource {
    Quiet()
  }

  func stop(
    _ key: ContainerKey, grace: Duration
  ) async throws(EngineError) -> ContainerExit? { nil }

  func remove(_ key: ContainerKey) async throws(EngineError) {}

  func logs(
    _ key: ContainerKey, _ query: LogQuery
  ) async throws(EngineError) -> sending LogStream { LogStream(source) }

  func shutdown() async {}

  /// Nothing happens but the snapshot.
  private final class Quiet: EngineEventSource {
    private var isFirst = true
    private let never = ChangeSignal()

    func next() async throws(EngineError) -> EngineEvent {
      if isFirst {
        isFirst = false
        return .snapshot([])
      }
      await never.wait(after: 0)
      throw EngineError(.cancelled, "cancelled")
    }
  }
}

/// Chunks without end.
final class EndlessLogs: LogSource, Sendable {
  private let read = Mutex(0)

  var count: Int { read.withLock { $0 } }

  func next() async throws(EngineError) -> LogChunk? {
    if Task.isCancelled { throw EngineError(.cancelled, "cancelled") }
    read.withLock { $0 += 1 }
    return LogChunk(stream: .standardOutput, bytes: [UInt8](repeating: 65, count: 1024))
  }
}
