import DequeModule
import Synchronization

/// Between an agent that sends a container's output and the one who reads it: bounded in bytes. A
/// full buffer holds the agent up for a while, so that a slow reader slows the source; then the
/// reader is given up, so that it cannot silence the agent.
final class LogBuffer: Sendable {
  private struct State {
    var chunks: Deque<ContainerLogChunk> = []
    var bytes = 0
    var isFinished = false
    var error: DomainError?
  }

  private let limit: Int
  private let state = Mutex(State())
  private let forReader = WakeUp()
  private let forWriter = WakeUp()

  init(limit: Int = AgentLimits.logBytes) { self.limit = limit }

  var isFinished: Bool { state.withLock { $0.isFinished } }

  func next() async throws(DomainError) -> ContainerLogChunk? {
    while !Task.isCancelled {
      let (chunk, isFinished, error) = state.withLock { state in
        let chunk = state.chunks.popFirst()
        state.bytes -= chunk?.data.count ?? 0
        return (chunk, state.isFinished, state.error)
      }
      if let chunk {
        forWriter.raise()
        return chunk
      }
      if let error { throw error }
      if isFinished { return nil }
      await forReader.wait()
    }
    return nil
  }

  /// False: nobody reads, or too slowly for `patience`. One writer at a time.
  func put(
    _ chunk: ContainerLogChunk, patience: Duration, sleeper: any Sleeper
  ) async -> Bool {
    var before: Int?
    while true {
      let outcome: Bool? = state.withLock { state in
        if state.isFinished { return false }
        // One chunk always goes in, however large.
        if state.bytes > 0, state.bytes + chunk.data.count > limit { return nil }
        state.chunks.append(chunk)
        state.bytes += chunk.data.count
        return true
      }
      if let outcome {
        if outcome { forReader.raise() }
        return outcome
      }
      if Task.isCancelled { return false }
      // A reader that read something, if not enough yet, gets its patience again.
      let waiting = state.withLock { $0.bytes }
      if let before, waiting >= before {
        finish(.resourceExhausted("the reader of these logs is too slow"))
        return false
      }
      before = waiting
      await forWriter.wait(atMost: patience, sleeper: sleeper)
    }
  }

  /// Nothing comes after what is in it; the first of several ends counts.
  func finish(_ error: DomainError? = nil) {
    state.withLock { state in
      guard !state.isFinished else { return }
      state.isFinished = true
      state.error = error
    }
    forReader.raise()
    forWriter.raise()
  }
}
