/// Follows a simulated engine: by comparing revisions, so nothing is queued and nothing is missed.
final class SimulatedEventSource: EngineEventSource {
  private let engine: SimulatedEngine
  private let cluster: String
  private var seen: UInt64?

  init(engine: SimulatedEngine, cluster: String) {
    self.engine = engine
    self.cluster = cluster
  }

  func next() async throws(EngineError) -> EngineEvent {
    guard var seen else {
      let (records, revision) = await engine.snapshot(cluster: cluster)
      self.seen = revision
      return .snapshot(records)
    }
    while true {
      if Task.isCancelled { throw EngineError(.cancelled, "cancelled") }
      let change = await engine.change(after: seen, cluster: cluster)
      seen = change.revision
      self.seen = seen
      if let event = change.event { return event }
      await engine.wait(after: change.generation, until: change.due)
    }
  }
}
