import Cryptography
package import EventLoop
import DequeModule
import Glibc
@_spi(Frames) package import Wire

/// One connection of `berth/1`, either end of it. Everything runs on its loop.
///
/// The state machines (`ConnectionState`, `StreamState`, the windows) decide; this class moves
/// bytes. Its parts stand in extensions: handshake, reading, receiving, sending, turns,
/// deadlines, ending.
package final class Connection: @unchecked Sendable {
  // @unchecked: confined to its loop; the lets are Sendable or only touched there.
  package let context: TransportContext
  package let peerAddress: SocketAddress
  let descriptor: Int32
  /// Not to be touched once the descriptor is closed.
  let session: TLSSession

  // Unchecked exclusivity: one thread, and no access to a property calls out while it lasts (the
  // closures that fill frames are lent memory, not properties). The checks cost a fifth of a
  // small call.
  @exclusivity(unchecked) var state: ConnectionState
  @exclusivity(unchecked) var owner: (any ConnectionHandler)?
  @exclusivity(unchecked) weak var observer: (any ConnectionObserver)?
  @exclusivity(unchecked) var registration: Registration?
  @exclusivity(unchecked) var interest: Interest

  @exclusivity(unchecked) var streams = StreamTable()
  @exclusivity(unchecked) var sendWindow = SendWindow(
    availableBytes: WireLimits.floorConnectionCreditBytes)
  @exclusivity(unchecked) var receiveWindow: ReceiveWindow

  // Reading.
  /// A frame that is not whole yet.
  @exclusivity(unchecked) var leftover: [UInt8] = []
  @exclusivity(unchecked) var isReadPaused = false
  /// When that last ended.
  @exclusivity(unchecked) var readResumedNanoseconds: UInt64 = 0
  @exclusivity(unchecked) var willContinueReading = false
  @exclusivity(unchecked) var lastReadNanoseconds: UInt64 = 0
  /// Its place among the context's warm connections, which is where this is set.
  @exclusivity(unchecked) var warmIndex: Int?

  // Writing.
  @exclusivity(unchecked) var output = OutputBuffer()
  /// A frame that is sent from its message's memory, before what is in `output`.
  @exclusivity(unchecked) var framePart: FramePart?
  @exclusivity(unchecked) var isFlushScheduled = false
  /// The socket takes no more; a readiness event says when it does again.
  @exclusivity(unchecked) var isWriteBlocked = false
  /// More control frames would wait for the peer than may: the end of the turn ends the connection.
  @exclusivity(unchecked) var isOverrun = false
  /// Client: no byte of a stream from this number on has reached the socket.
  @exclusivity(unchecked) var firstUnsentStream: UInt32 = 0
  /// Bytes of messages that wait for their turn or for credit, over all streams.
  @exclusivity(unchecked) var queuedBytes = 0
  /// Messages of ours that have begun and not ended.
  @exclusivity(unchecked) var messagesInParts = 0
  /// Streams whose turn it is, in order.
  @exclusivity(unchecked) var ready: Deque<UInt32> = []
  /// Streams that wait for credit of the connection.
  @exclusivity(unchecked) var waitingForCredit: Deque<UInt32> = []
  /// Streams that wait for one of the places of messages in parts.
  @exclusivity(unchecked) var waitingForParts: Deque<UInt32> = []
  /// Streams whose handlers wait for `streamWritable`.
  @exclusivity(unchecked) var waitingHandlers: Deque<UInt32> = []

  // Pings.
  @exclusivity(unchecked) var pingPayload: UInt64 = 0
  @exclusivity(unchecked) var pingSentNanoseconds: UInt64 = 0
  /// Who waits for the PING in flight, and who for the next one.
  @exclusivity(unchecked) var pingWaiters: [(Duration?) -> Void]?
  @exclusivity(unchecked) var nextPingWaiters: [(Duration?) -> Void] = []

  // Time and ending.
  @exclusivity(unchecked) var deadlines = Deadlines()
  @exclusivity(unchecked) var timer: TimerID?
  @exclusivity(unchecked) var timerDueNanoseconds = UInt64.max
  @exclusivity(unchecked) var drainGraceNanoseconds: UInt64 = 0
  @exclusivity(unchecked) var wasToldDraining = false
  /// Our close_notify and the end of our half of the socket have gone.
  @exclusivity(unchecked) var hasShutDown = false
  @exclusivity(unchecked) var lingeredBytes = 0
  /// What the peer's last GOAWAY said, for the reason of the close that follows.
  @exclusivity(unchecked) var peerReason: String?
  /// Why it has ended, once its streams are told so.
  @exclusivity(unchecked) package internal(set) var endReason: String?

  private init(
    owning descriptor: Int32, session: consuming TLSSession, peerAddress: SocketAddress,
    role: ConnectionState.Role, context: TransportContext, owner: any ConnectionHandler
  ) {
    self.context = context
    self.peerAddress = peerAddress
    self.descriptor = descriptor
    self.session = session
    self.owner = owner
    interest = role == .server ? .read : .write
    state = ConnectionState(
      role: role, phase: role == .server ? .handshaking : .connecting, limits: context.limits,
      now: context.loop.nanoseconds)
    receiveWindow = ReceiveWindow(sizeBytes: context.settings.connectionCreditBytes)
  }

  deinit {
    // Its loop ended before it did.
    if state.phase != .closed { Socket.close(descriptor) }
  }

  /// A server's end of a connection that was accepted. The handshake goes on from here.
  ///
  /// - Parameter descriptor: a connected, non-blocking socket; closed with the connection, or at
  ///   once when this throws.
  package static func accept(
    owning descriptor: Int32, from address: SocketAddress, context: TransportContext,
    handler: any ConnectionHandler
  ) throws(TransportError) -> Connection {
    let session: TLSSession
    do {
      session = try TLSSession.accepting(descriptor, context: context.tls)
    } catch {
      Socket.close(descriptor)
      throw .tls(error)
    }
    let connection = Connection(
      owning: descriptor, session: session, peerAddress: address, role: .server,
      context: context, owner: handler)
    try connection.start()
    return connection
  }

  /// A client's end. Returns at once; `connectionEstablished` or `connectionClosed` tells how it
  /// went.
  ///
  /// - Parameter serverName: host name or address literal that the server's certificate must be
  ///   for.
  package static func connect(
    to address: SocketAddress, serverName: String, context: TransportContext,
    handler: any ConnectionHandler
  ) throws(TransportError) -> Connection {
    let descriptor: Int32
    do { descriptor = try Socket.connect(address) } catch { throw .loop(error) }
    return try connect(
      owning: descriptor, to: address, serverName: serverName, context: context, handler: handler)
  }

  /// The same over a non-blocking socket whose connect was begun or is done; owned as by `accept`.
  package static func connect(
    owning descriptor: Int32, to address: SocketAddress, serverName: String,
    context: TransportContext, handler: any ConnectionHandler
  ) throws(TransportError) -> Connection {
    let session: TLSSession
    do {
      session = try TLSSession.connecting(
        descriptor, serverName: serverName, context: context.tls)
    } catch {
      Socket.close(descriptor)
      throw .tls(error)
    }
    let connection = Connection(
      owning: descriptor, session: session, peerAddress: address, role: .client,
      context: context, owner: handler)
    try connection.start()
    return connection
  }

  private func start() throws(TransportError) {
    assert(loop.isCurrent, "off the loop")
    do {
      registration = try loop.register(descriptor, interest: interest, handler: self)
    } catch {
      state.advance(to: .closed)
      Socket.close(descriptor)
      throw .loop(error)
    }
    limitUnsentBytes()
    setDeadline(.handshake, after: limits.handshakeTimeout)
  }

  /// Keeps the kernel from queueing megabytes ahead of a PING: bytes wait here, in turns, instead.
  private func limitUnsentBytes() {
    var bytes = Int32(clamping: limits.unsentBytes)
    // Refused only by sockets that are not TCP, which have no such queue.
    _ = setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &bytes, 4)
  }

  var limits: TransportLimits { context.limits }

  package var loop: EventLoop { context.loop }

  /// What the peer announced; the protocol's floor until it did.
  package var peerSettings: Settings { state.peerSettings }

  /// The subject of the peer's certificate, for example `CN=agent`; nil when it showed none.
  package var peerCertificateSubject: String? {
    isEstablished ? session.peerSubject : nil
  }

  /// Whether frames flow.
  package var isEstablished: Bool { state.phase == .open }

  /// Whether a GOAWAY went either way: no stream opens any more.
  package var isDraining: Bool { state.isDraining }

  /// Whether it has ended, or is about to: nothing more comes of it.
  package var isClosed: Bool { state.phase >= .closing }

  /// Streams in use. On a server one counts until its handler has ended and its reply has gone.
  package var openStreams: Int { streams.count }
}
