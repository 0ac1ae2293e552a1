import EventLoop
import Messages
import Transport
import Wire

/// The channel's side of one connection. Confined to its loop.
final class ClientConnection: ConnectionHandler, @unchecked Sendable {
  // @unchecked: confined to its loop.
  let subchannel: SubChannel
  /// Nil once it is closed. Not weak: what has a weak reference is slow to retain, call by call.
  private var core: ChannelCore?
  private(set) var connection: Connection?
  /// The server's SETTINGS came: how many streams it takes is known.
  private(set) var isSettled = false
  /// When a call began or ended on it last. Of the loop's clock.
  var usedAt: UInt64 = 0
  private var isEstablished = false
  /// Streams that were opened in all.
  private var opened = 0
  /// The token the server was told last.
  private var announcedToken: String?

  init(subchannel: SubChannel, core: ChannelCore) {
    self.subchannel = subchannel
    self.core = core
  }

  var endpoint: Target.Endpoint { subchannel.server.endpoint }

  func begin(_ connection: Connection) { self.connection = connection }

  /// Whether a call may open a stream now.
  var hasRoom: Bool {
    guard isEstablished, let connection, !connection.isDraining, !connection.isClosed else {
      return false
    }
    let streams = connection.peerSettings.streams
    // Until it has said how many it takes, what it said last time is the best guess.
    let bound = isSettled ? streams : min(streams, subchannel.announcedStreams ?? streams)
    return connection.openStreams < bound
  }

  /// Calls that have a stream here.
  var calls: Int { connection?.openStreams ?? 0 }

  /// Whether no more calls go on it, whatever happens.
  var isEnding: Bool { connection.map { $0.isDraining || $0.isClosed } ?? true }

  /// Opens the stream of a call. `write` writes the first message of `count` bytes.
  func open(
    _ call: ClientCall, message count: Int?, end: Bool,
    _ write: (UnsafeMutableRawPointer) -> Void = { _ in }
  ) throws(RPCStatus) -> Stream {
    guard let connection else { throw RPCStatus(.unavailable, "the connection is gone") }
    var head = OpenHead(
      method: call.plan.method.path, timeout: call.timeLeft, metadata: call.setup.metadata)
    try announce(call.setup.credentials, head: &head)
    let stream = try connection.open(head, handler: call, message: count, end: end) { buffer in
      if let start = buffer.baseAddress { write(start) }
    }
    usedAt = connection.loop.nanoseconds
    opened += 1
    // Before its numbers run out it makes place for another.
    if opened == ClientLimits.streamsOfConnection {
      connection.drain(grace: ClientLimits.retiredGrace)
    }
    return stream
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
    usedAt = connection.loop.nanoseconds
    subchannel.established(self)
  }

  func connectionSettled(_ connection: Connection) {
    isSettled = true
    subchannel.announcedStreams = connection.peerSettings.streams
    core?.startWaiting()
  }

  func connectionDraining(_ connection: Connection) { subchannel.draining(self) }

  func connectionClosed(_ connection: Connection, reason: String) {
    let core = core
    self.core = nil
    core?.release(self)
    subchannel.closed(self, reason: reason)
    core?.connectionEnded()
  }
}
