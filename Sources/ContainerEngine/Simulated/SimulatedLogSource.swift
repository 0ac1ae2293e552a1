/// What a simulated container prints, line by line.
final class SimulatedLogSource: LogSource {
  private let engine: SimulatedEngine
  private let key: ContainerKey
  private let follow: Bool
  private var index: Int

  init(engine: SimulatedEngine, key: ContainerKey, first: Int, follow: Bool) {
    self.engine = engine
    self.key = key
    self.follow = follow
    index = first
  }

  func next() async throws(EngineError) -> LogChunk? {
    while true {
      if Task.isCancelled { throw EngineError(.cancelled, "cancelled") }
      guard let printed = await engine.printed(by: key) else { return nil }
      if index < printed.lineCount, let line = printed.program.line(at: index) {
        index += 1
        let bytes = Array((line.text + "\n").utf8.prefix(EngineLimits.logChunkBytes))
        return LogChunk(stream: line.stream, bytes: bytes)
      }
      guard follow, !printed.isOver else { return nil }
      let next = printed.program.line(at: index).map { printed.startedAt + $0.milliseconds }
      await engine.wait(
        after: printed.generation, until: [next, printed.due].compactMap { $0 }.min())
    }
  }
}
