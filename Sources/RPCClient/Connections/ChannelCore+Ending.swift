import EventLoop
import Transport

extension ChannelCore {
  /// Takes no more calls; those under way have `grace` to end. `continuation` resumes when no
  /// connection is left.
  func close(grace: Duration, _ continuation: UnsafeContinuation<Void, Never>?) {
    if let continuation { closeWaiters.append(continuation) }
    if case .pausing(let timer, _) = state { loop.cancel(timer) }
    state = .closed
    resolution?.cancel()
    resolution = nil
    for timer in [round?.stagger, resolveTimer, trimTimer] {
      if let timer { loop.cancel(timer) }
    }
    round = nil
    wheel.end()
    for subchannel in subchannels { _ = subchannel.retire() }
    subchannels = []
    // Before the last connection ends, and with it the wait of whoever closes.
    showState()
    tellOutcome(Self.closedStatus)
    failWaiting(Self.closedStatus, all: true)
    for connection in connections.values {
      if grace > .zero {
        connection.connection?.drain(grace: grace)
      } else {
        connection.connection?.close(reason: "the client is done")
      }
    }
    connectionEnded()
  }

  /// A connection is closed: perhaps the last one of a channel that ends.
  func connectionEnded() {
    guard case .closed = state, connections.isEmpty else { return }
    let waiters = closeWaiters
    closeWaiters = []
    for continuation in waiters { continuation.resume() }
  }
}
