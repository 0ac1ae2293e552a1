import EventLoop
import Synchronization

/// Counts a server's connections over all its loops and says who may come in. Asked before TLS
/// costs anything.
package final class ConnectionCensus: Sendable {
  /// Why a connection was turned away.
  package enum Refusal: Sendable, Equatable {
    /// `ListenerLimits.connections` are open.
    case connections
    /// `ListenerLimits.connectionsPerAddress` are open from this address.
    case connectionsPerAddress
    /// `ListenerLimits.handshakes` are under way.
    case handshakes
    /// The process or the system has no descriptor left.
    case descriptors
    /// TLS or the loop would not take it.
    case failed(String)
  }

  /// What is counted now.
  package struct Count: Sendable, Equatable {
    package var connections = 0
    package var handshakes = 0
  }

  private struct State {
    var count = Count()
    var byAddress: [String: Int] = [:]
  }

  package let limits: ListenerLimits
  private let state = Mutex(State())

  package init(limits: ListenerLimits = ListenerLimits()) { self.limits = limits }

  package var count: Count { state.withLock { $0.count } }

  /// Lets a connection in, whose handshake begins, or says why not.
  func admit(_ address: SocketAddress) -> Refusal? {
    let host = address.host
    return state.withLock { state in
      guard state.count.connections < limits.connections else { return .connections }
      guard state.count.handshakes < limits.handshakes else { return .handshakes }
      let fromHost = state.byAddress[host, default: 0]
      guard fromHost < limits.connectionsPerAddress else { return .connectionsPerAddress }
      state.count.connections += 1
      state.count.handshakes += 1
      state.byAddress[host] = fromHost + 1
      return nil
    }
  }

  /// A handshake ended well.
  func finishHandshake() {
    state.withLock { $0.count.handshakes -= 1 }
  }

  /// A connection that was let in is gone.
  func leave(_ address: SocketAddress, duringHandshake: Bool) {
    let host = address.host
    state.withLock { state in
      state.count.connections -= 1
      if duringHandshake { state.count.handshakes -= 1 }
      let fromHost = state.byAddress[host, default: 1] - 1
      state.byAddress[host] = fromHost > 0 ? fromHost : nil
    }
  }
}
