import Cryptography
import EventLoop
import Glibc
@_spi(Frames) import Wire

@testable import Transport

/// A real connection and a peer that speaks TLS by hand, over a socket pair and on one thread: what
/// the peer sends in one piece the connection reads in one piece, and its turn ends when the test
/// says so. On the loop.
final class Duet {
  struct Failed: Error, CustomStringConvertible { let description: String }

  let connection: Connection
  private let descriptor: Int32
  private let session: TLSSession
  private var received: [UInt8] = []
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 16)
  private var isOpen = true
  /// The connection has sent close_notify.
  private(set) var hasClosed = false

  /// A server's connection, and a client by hand.
  convenience init(
    _ context: TransportContext, client: TLSContext, handler: any ConnectionHandler
  ) throws {
    let ends = try Self.socketPair()
    let session = try TLSSession.connecting(ends.peer, serverName: "localhost", context: client)
    let connection = try Connection.accept(
      owning: ends.ours, from: .loopback(port: 1), context: context, handler: handler)
    try self.init(connection, owning: ends.peer, session: session)
  }

  /// A client's connection, and a server by hand.
  convenience init(
    _ context: TransportContext, server: TLSContext, handler: any ConnectionHandler
  ) throws {
    let ends = try Self.socketPair()
    let session = try TLSSession.accepting(ends.peer, context: server)
    let connection = try Connection.connect(
      owning: ends.ours, to: .loopback(port: 1), serverName: "localhost", context: context,
      handler: handler)
    try self.init(connection, owning: ends.peer, session: session)
  }

  private init(
    _ connection: Connection, owning descriptor: Int32, session: consuming TLSSession
  ) throws {
    self.connection = connection
    self.descriptor = descriptor
    self.session = session
    try shakeHands()
  }

  private static func socketPair() throws -> (peer: Int32, ours: Int32) {
    var ends: [Int32] = [0, 0]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw Failed(description: "socketpair: \(errno)")
    }
    return (ends[0], ends[1])
  }

  deinit {
    buffer.deallocate()
    if isOpen { Glibc.close(descriptor) }
  }

  private func shakeHands() throws {
    for _ in 0..<10 {
      let outcome = session.handshake()
      connection.ready(.readable)
      if outcome == .complete(0), connection.isEstablished { return endTurn() }
      guard outcome == .wantRead || outcome == .complete(0) else {
        throw Failed(description: "handshake: \(outcome)")
      }
    }
    throw Failed(description: "the handshake did not end")
  }

  /// Sends `bytes` and has the connection read them, all of them in one turn.
  func send(_ bytes: ArraySlice<UInt8>) {
    var offset = 0
    while offset < bytes.count, isOpen {
      let outcome = bytes.withUnsafeBytes {
        session.write(UnsafeRawBufferPointer(rebasing: $0[offset...]))
      }
      switch outcome {
      case .complete(let count): offset += count
      // Full: the connection has to read first.
      case .wantWrite: readAtConnection()
      // It has closed; what follows reaches nobody.
      case .wantRead, .closed, .failed: return
      }
    }
    readAtConnection()
  }

  /// Ends one turn of the connection, which writes its share, and takes what it sent.
  func endOneTurn() {
    connection.turnEnded()
    _ = readAtPeer()
  }

  /// Ends turns until there is nothing more to take.
  func endTurn() {
    repeat {
      connection.turnEnded()
    } while readAtPeer()
    // The peer has read: a connection that waited for that goes on.
    if connection.state.phase == .closing || connection.isWriteBlocked {
      connection.ready(.writable)
      connection.turnEnded()
      _ = readAtPeer()
    }
  }

  private func readAtConnection() {
    var watched = pollfd(fd: connection.descriptor, events: Int16(POLLIN), revents: 0)
    while connection.state.phase != .closed, !connection.isReadPaused, !connection.isOverrun,
      poll(&watched, 1, 0) == 1, watched.revents & Int16(POLLIN) != 0
    {
      connection.ready(.readable)
    }
  }

  /// Whether anything came.
  private func readAtPeer() -> Bool {
    guard isOpen, !hasClosed else { return false }
    var hasRead = false
    while true {
      switch session.read(into: buffer) {
      case .complete(let count):
        received += buffer.prefix(count)
        hasRead = true
      case .closed:
        hasClosed = true
        return false
      case .wantRead, .wantWrite, .failed: return hasRead
      }
    }
  }

  /// The peer goes away, in order.
  func hangUp() {
    endTurn()
    _ = session.shutdown()
    _ = shutdown(descriptor, Int32(SHUT_WR))
    readAtConnection()
    _ = readAtPeer()
    isOpen = false
    Glibc.close(descriptor)
    if connection.state.phase != .closed { connection.ready([.readable, .hangup]) }
  }

  /// All that the connection said, and whether it followed the rules for a message in parts.
  func answers() throws -> [Answer] {
    var reader = AnswerReader()
    var offset = 0
    try received.withUnsafeBytes { bytes throws in
      while let frame = try Frame.parse(UnsafeRawBufferPointer(rebasing: bytes[offset...])) {
        offset += frame.header.frameBytes
        try reader.read(frame)
      }
    }
    guard offset == received.count else { throw Failed(description: "a frame is cut off") }
    return reader.answers
  }
}
