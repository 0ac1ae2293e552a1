import EventLoop
import Logging
import Transport
@_spi(Frames) import Wire

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
  // unsafe: the same, for what is done once a call: `connection` keeps it while it is here.
  @exclusivity(unchecked) private var transport: Unmanaged<Connection>?
  @exclusivity(unchecked) private(set) var establishedNanoseconds: UInt64 = 0
  @exclusivity(unchecked) private(set) var traffic = ConnectionTraffic()
  @exclusivity(unchecked) var verdicts = ConnectionVerdicts()
  private let address: SocketAddress
  @exclusivity(unchecked) private(set) var certificateSubject: String?
  /// The token of calls that bring none.
  @exclusivity(unchecked) private(set) var bearer: String?
  /// Counts the tokens, from 1 on: before the first there is the one that is none.
  @exclusivity(unchecked) private(set) var bearerSerial: UInt32 = 1
  /// Calls that came since the token did and may ask for it.
  @exclusivity(unchecked) private var bearerUsers = 0
  /// Whose turn was last, as the next call is usually of the same method.
  // unsafe: the loop keeps its runners as long as it lives.
  @exclusivity(unchecked) private var recentMethod: Unmanaged<MethodRunner>?
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
    transport = .passUnretained(connection)
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
    if bearerUsers > 0 {
      // Each asked for this one; those that nobody gave up go on by it.
      connection.forEachHandler { ($0 as? ServerCall)?.keepBearer() }
      bearerUsers = 0
    }
    verdicts.removeAll()
    // Zero is no token's.
    bearerSerial = bearerSerial == .max ? 1 : bearerSerial + 1
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
    self.connection = nil
    transport = nil
    verdicts.removeAll()
    if running == 0 { server.left(self) }
    server.logger.trace("connection closed", metadata: ["peer": "\(peer)", "reason": "\(reason)"])
  }

  /// What `body` does with the connection; nil once it is gone.
  func withTransport<R>(_ body: (Connection) -> R) -> R? {
    transport?._withUnsafeGuaranteedRef { body($0) }
  }

  /// The runner of a method, by its path; nil: there is none.
  func runner(of path: UnsafeRawBufferPointer) -> Unmanaged<MethodRunner>? {
    if let recentMethod, recentMethod._withUnsafeGuaranteedRef({ $0.hasPath(path) }) {
      return recentMethod
    }
    guard let runner = server.runner(of: path) else { return nil }
    recentMethod = .passUnretained(runner)
    return recentMethod
  }

  /// A call goes by the connection's token: which one that is.
  func useBearer() -> UInt32 {
    bearerUsers &+= 1
    return bearerSerial
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

  /// Keeps what interceptors found for the next call of this connection; after its end nothing.
  func remember(_ verdict: Verdict) {
    if connection != nil { verdicts.remember(verdict) }
  }

  /// What a call is told that ends because its connection does.
  var drainStatus: RPCStatus {
    RPCStatus(
      .unavailable,
      server.isEnding ? Self.shutdownMessage : "the connection is being replaced",
      details: [.errorInfo(reason: "DRAINING", domain: "berth", metadata: [:])])
  }
}
