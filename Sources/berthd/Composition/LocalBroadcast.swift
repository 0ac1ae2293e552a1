import Domain
import Synchronization

/// Tells this process at once and the other replicas through Redis, so that a change is acted on
/// here without a round trip, and also while Redis is away.
final class LocalBroadcast: Broadcast {
  /// Notices that wait for one listener; older ones are dropped, and a slow poll stands behind
  /// them.
  private static let bufferedNotices = 1_024

  private struct State {
    var listeners: [UInt64: AsyncStream<Notice>.Continuation] = [:]
    var next: UInt64 = 0
  }

  private let remote: any Broadcast
  private let state = Mutex(State())

  init(_ remote: any Broadcast) { self.remote = remote }

  func publish(_ notice: Notice) {
    tell(notice)
    remote.publish(notice)
  }

  func notices() -> AsyncStream<Notice> {
    let (stream, continuation) = AsyncStream<Notice>.makeStream(
      bufferingPolicy: .bufferingNewest(Self.bufferedNotices))
    let id = state.withLock { state in
      state.next += 1
      state.listeners[state.next] = continuation
      return state.next
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { _ = $0.listeners.removeValue(forKey: id) }
    }
    return stream
  }

  /// Passes on what other replicas say, until the remote broadcast ends or the task is cancelled.
  func relay() async {
    for await notice in remote.notices() { tell(notice) }
  }

  private func tell(_ notice: Notice) {
    for listener in state.withLock({ Array($0.listeners.values) }) { listener.yield(notice) }
  }
}
