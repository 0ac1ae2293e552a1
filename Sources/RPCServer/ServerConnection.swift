import EventLoop
import Logging
import Transport
import Wire

/// The server's side of one connection: its credentials and how many handlers it keeps busy.
/// Confined to its loop, but for the lets.
final class ServerConnection: ConnectionHandler, @unchecked Sendable {
  // @unchecked: confined to its loop; `certificateSubject` is set before the first call.
  /// What a call is told whose server ends.
  static let shutdownMessage = "the server is shutting down"

  let server: ServerLoop
  /// Of the loop's connections, in the order of their handshakes; zero: it has not ended.
  @exclusivity(unchecked) private(set) var number: UInt64 = 0
  @exclusivity(unchecked) private(set) var connection: Connection?
  @exclusivity(unchecked) private(set) var establishedNanoseconds: UInt64 = 0
  @exclusivity(unchecked) private(set) var traffic = ConnectionTraffic()
  /// Nil until there is something to remember.
  @exclusivity(unchecked) private(set) var verdicts: ConnectionVerdicts?
  private let address: SocketAddress
  @exclusivity(unchecked) private(set) var certificateSubject: String?
  /// The token of calls that bring none.
  @exclusivity(unchecked) private(set) var bearer: String?
  /// Counts the tokens, from 1 on: before the first there is the one that is none.
  @exclusivity(unchecked) private(set) var bearerSerial: UInt32 = 1
  /// Calls whose handlers have not ended.
  @exclusivity(unchecked) private(set) var running = 0
  @exclusivity(unchecked) private(set) var isDraining = false
  /// Calls that want to know when the connection drains.
  @exclusivity(unchecked) private var drainListeners: [ObjectIdentifier: ServerCall] = [:]

  init(server: ServerLoop, address: SocketAddress) {
    self.server = server
    self.address = address
  }

  var peer: String { address.description }

  func connectionEstablished(_ connection: Connection) {
    certificateSubject = connection.peerCertificateSubject
    establishedNanoseconds = server.loop.nanoseconds
    self.connection = connection
    number = server.established(self)
  }

  func connection(
    _ connection: Connection, opened stream: Stream, head: OpenHeadView,
    message: UnsafeRawBufferPointer?, end: Bool
  ) {
    if let message { received(message.count) }
    server.open(stream, on: self, head: head, message: message, end: end)
  }

  func connection(_ connection: Connection, credentials token: UnsafeRawBufferPointer) {
    verdicts = nil
    // Zero is no token's.
    bearerSerial = bearerSerial == .max ? 1 : bearerSerial + 1
    guard !token.isEmpty else {
      bearer = nil
      return
    }
    // One that is not UTF-8 is known to be wrong, which is not the same as none.
    bearer = String(validating: token, as: UTF8.self) ?? ""
  }

  func connectionRead(_ connection: Connection) { server.drivers.run() }

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
    server.drivers.run()
    self.connection = nil
    verdicts = nil
    if running == 0 { server.left(self) }
    server.logger.trace("connection closed", metadata: ["peer": "\(peer)", "reason": "\(reason)"])
  }

  func onDrain(of call: ServerCall, _ body: @escaping @Sendable () -> Void) {
    guard call.phase != .ended else { return }
    if isDraining { return body() }
    guard call.drainHooks.count < ServerLimits.drainHooks else { return }
    call.drainHooks.append(body)
    drainListeners[ObjectIdentifier(call)] = call
  }

  func opened(_ call: ServerCall) {
    running += 1
    traffic.streamsOpened &+= 1
  }

  func ended(_ call: ServerCall, _ code: StatusCode) {
    running -= 1
    if code != .ok { traffic.streamsFailed &+= 1 }
    if !drainListeners.isEmpty { drainListeners[ObjectIdentifier(call)] = nil }
    // What was counted until here goes with the connection.
    if running == 0, connection == nil { server.left(self) }
  }

  func received(_ bytes: Int) {
    traffic.messagesReceived &+= 1
    traffic.bytesReceived &+= UInt64(bytes)
  }

  func sent(_ bytes: Int) {
    traffic.messagesSent &+= 1
    traffic.bytesSent &+= UInt64(bytes)
  }

  /// Where interceptors keep what the next call of this connection need not ask again.
  func rememberingVerdicts() -> ConnectionVerdicts {
    if let verdicts { return verdicts }
    let made = ConnectionVerdicts()
    // After its end nothing is kept.
    if connection != nil { verdicts = made }
    return made
  }

  /// What a call is told that ends because its connection does.
  var drainStatus: RPCStatus {
    RPCStatus(
      .unavailable,
      server.isEnding ? Self.shutdownMessage : "the connection is being replaced",
      details: [.errorInfo(reason: "DRAINING", domain: "berth", metadata: [:])])
  }
}
