import EventLoop
import Logging
import Transport
import Wire

/// The server's side of one connection: its credentials and how many handlers it keeps busy.
/// Confined to its loop, but for the lets.
final class ServerConnection: ConnectionHandler, @unchecked Sendable {
  // @unchecked: confined to its loop; `certificateSubject` is set before the first call.
  let server: ServerLoop
  private let address: SocketAddress
  private(set) var certificateSubject: String?
  /// The token of calls that bring none.
  private(set) var bearer: String?
  /// Calls whose handlers have not ended.
  var running = 0
  private(set) var isDraining = false
  /// Calls that want to know when the connection drains.
  private var drainListeners: [ObjectIdentifier: ServerCall] = [:]

  init(server: ServerLoop, address: SocketAddress) {
    self.server = server
    self.address = address
  }

  var peer: String { address.description }

  func connectionEstablished(_ connection: Connection) {
    certificateSubject = connection.peerCertificateSubject
  }

  func connection(
    _ connection: Connection, opened stream: Stream, head: OpenHeadView,
    message: UnsafeRawBufferPointer?, end: Bool
  ) {
    server.open(stream, on: self, head: head, message: message, end: end)
  }

  func connection(_ connection: Connection, credentials token: UnsafeRawBufferPointer) {
    guard !token.isEmpty else {
      bearer = nil
      return
    }
    // One that is not UTF-8 is known to be wrong, which is not the same as none.
    bearer = String(validating: token, as: UTF8.self) ?? ""
  }

  func connectionDraining(_ connection: Connection) {
    guard !isDraining else { return }
    isDraining = true
    let listeners = drainListeners.values
    drainListeners = [:]
    for call in listeners {
      let hooks = call.drainHooks
      call.drainHooks = []
      for hook in hooks { hook() }
    }
  }

  func connectionClosed(_ connection: Connection, reason: String) {
    server.logger.trace("connection closed", metadata: ["peer": "\(peer)", "reason": "\(reason)"])
  }

  func onDrain(of call: ServerCall, _ body: @escaping @Sendable () -> Void) {
    guard call.phase != .ended else { return }
    if isDraining { return body() }
    guard call.drainHooks.count < ServerLimits.drainHooks else { return }
    call.drainHooks.append(body)
    drainListeners[ObjectIdentifier(call)] = call
  }

  func ended(_ call: ServerCall) {
    running -= 1
    if !drainListeners.isEmpty { drainListeners[ObjectIdentifier(call)] = nil }
  }
}
