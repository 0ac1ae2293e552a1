import Domain
import Synchronization

/// Keeps what was told, and tells those who listen.
final class RecordingBroadcast: Broadcast {
  private struct State {
    var told: [Notice] = []
    var listeners: [AsyncStream<Notice>.Continuation] = []
  }

  private let state = Mutex(State())

  var told: [Notice] { state.withLock { $0.told } }
  func forget() { state.withLock { $0.told = [] } }

  func publish(_ notice: Notice) {
    let listeners = state.withLock { state in
      state.told.append(notice)
      return state.listeners
    }
    for listener in listeners { listener.yield(notice) }
  }

  func notices() -> AsyncStream<Notice> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Notice.self, bufferingPolicy: .bufferingNewest(64))
    state.withLock { $0.listeners.append(continuation) }
    return stream
  }

  func end() {
    for listener in state.withLock({ $0.listeners }) { listener.finish() }
  }
}
