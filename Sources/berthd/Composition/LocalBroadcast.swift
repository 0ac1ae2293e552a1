import Domain
import EventLoop
import Synchronization

/// Tells this process at once and the other replicas through Redis, so that a change is acted on
/// here without a round trip, and also while Redis is away. That something changed is said at once,
/// and then again at most once in `changeInterval`: thousands of changes a second are one notice
/// each few milliseconds.
final class LocalBroadcast: Broadcast {
  /// Notices that wait for one listener; older ones are dropped, and a slow poll stands behind
  /// them.
  private static let bufferedNotices = 1_024

  private static let changeInterval = Duration.milliseconds(10)

  private struct State {
    /// When it was last said that something changed.
    var toldAt: ContinuousClock.Instant?
    /// Whether it is going to be said.
    var isDue = false
    var listeners: [UInt64: AsyncStream<Notice>.Continuation] = [:]
    var next: UInt64 = 0
  }

  private let remote: any Broadcast
  private let loop: EventLoop
  private let state = Mutex(State())

  /// - Parameter loop: whose timer says what was held back.
  init(_ remote: any Broadcast, loop: EventLoop) {
    self.remote = remote
    self.loop = loop
  }

  func publish(_ notice: Notice) {
    guard case .changed = notice else { return send(notice) }
    let now = ContinuousClock.now
    let wait = state.withLock { state -> Duration? in
      if state.isDue { return nil }
      if let toldAt = state.toldAt, now < toldAt + Self.changeInterval {
        state.isDue = true
        return toldAt + Self.changeInterval - now
      }
      state.toldAt = now
      return .zero
    }
    guard let wait else { return }
    if wait == .zero { return send(.changed) }
    loop.execute { _ = self.loop.schedule(after: wait) { self.sendHeldBack() } }
  }

  private func sendHeldBack() {
    state.withLock { state in
      state.isDue = false
      state.toldAt = ContinuousClock.now
    }
    send(.changed)
  }

  private func send(_ notice: Notice) {
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
