import Messages
import Transport
import Wire

/// The channel's side of one connection. Confined to its loop.
final class ClientConnection: ConnectionHandler, @unchecked Sendable {
  // @unchecked: confined to its loop.
  let endpoint: Target.Endpoint
  private weak var core: ChannelCore?
  private(set) var connection: Connection?
  private(set) var isEstablished = false
  /// The token the server was told last.
  private var announcedToken: String?

  init(endpoint: Target.Endpoint, core: ChannelCore) {
    self.endpoint = endpoint
    self.core = core
  }

  func begin(_ connection: Connection) { self.connection = connection }

  /// Whether a call may open a stream now.
  var hasRoom: Bool {
    guard isEstablished, let connection, !connection.isDraining, !connection.isClosed else {
      return false
    }
    return connection.openStreams < connection.peerSettings.streams
  }

  /// Opens the stream of a call. `pack` writes the first message of `count` bytes.
  func open(
    _ call: ClientCall, message count: Int?, end: Bool,
    _ pack: (UnsafeMutableRawPointer) -> Void = { _ in }
  ) throws(RPCStatus) -> Stream {
    guard let connection else { throw RPCStatus(.unavailable, "the connection is gone") }
    var head = OpenHead(
      method: call.method.path, timeout: call.timeLeft, metadata: call.options.metadata)
    try announce(call.credentials, head: &head)
    return try connection.open(head, handler: call, message: count, end: end) { buffer in
      if let start = buffer.baseAddress { pack(start) }
    }
  }

  /// The channel's token goes once a connection, a call's own in its metadata.
  private func announce(_ credentials: CallCredentials, head: inout OpenHead) throws(RPCStatus) {
    switch credentials {
    case .connection(let token):
      guard token != announcedToken else { return }
      guard connection?.setCredentials(Array((token ?? "").utf8)) == true else {
        throw RPCStatus(.invalidArgument, "the bearer token is too long")
      }
      announcedToken = token
    case .call(let token):
      head.metadata.append("Bearer \(token)", for: "authorization")
    case .none:
      if announcedToken != nil { head.metadata.append("", for: "authorization") }
    }
  }

  // MARK: ConnectionHandler

  func connectionEstablished(_ connection: Connection) {
    self.connection = connection
    isEstablished = true
    core?.established(self)
  }

  func connectionSettled(_ connection: Connection) { core?.startWaiting() }

  func connectionDraining(_ connection: Connection) { core?.draining(self) }

  func connectionClosed(_ connection: Connection, reason: String) {
    core?.closed(self, reason: reason)
  }
}
