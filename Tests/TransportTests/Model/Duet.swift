import Cryptography
import EventLoop
import Glibc
@_spi(Frames) import Wire

@testable import Transport

/// A real server connection and a client that speaks TLS by hand, over a socket pair and on one
/// thread: what the client sends in one piece the server reads in one piece, and its turn ends when
/// the test says so. On the loop.
final class Duet {
  struct Failed: Error, CustomStringConvertible { let description: String }

  let connection: Connection
  private let descriptor: Int32
  private let session: TLSSession
  private var received: [UInt8] = []
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 16)
  private var isOpen = true
  /// The server has sent close_notify.
  private(set) var hasServerClosed = false

  init(
    _ context: TransportContext, client: TLSContext, handler: any ConnectionHandler
  ) throws {
    var ends: [Int32] = [0, 0]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw Failed(description: "socketpair: \(errno)")
    }
    descriptor = ends[0]
    session = try TLSSession.connecting(ends[0], serverName: "localhost", context: client)
    connection = try Connection.accept(
      owning: ends[1], from: .loopback(port: 1), context: context, handler: handler)
    try shakeHands()
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

  /// Sends `bytes` and has the server read them, all of them in one turn.
  func send(_ bytes: ArraySlice<UInt8>) {
    var offset = 0
    while offset < bytes.count, isOpen {
      let outcome = bytes.withUnsafeBytes {
        session.write(UnsafeRawBufferPointer(rebasing: $0[offset...]))
      }
      switch outcome {
      case .complete(let count): offset += count
      // Full: the server has to read first.
      case .wantWrite: readAtServer()
      // The server has closed; what follows reaches nobody.
      case .wantRead, .closed, .failed: return
      }
    }
    readAtServer()
  }

  /// Ends the server's turn and takes what it sent.
  func endTurn() {
    repeat {
      connection.turnEnded()
    } while readAtClient()
    // The client has read: a server that waited for that goes on.
    if connection.state.phase == .closing || connection.isWriteBlocked {
      connection.ready(.writable)
      connection.turnEnded()
      _ = readAtClient()
    }
  }

  private func readAtServer() {
    var watched = pollfd(fd: connection.descriptor, events: Int16(POLLIN), revents: 0)
    while connection.state.phase != .closed, !connection.isReadPaused,
      poll(&watched, 1, 0) == 1, watched.revents & Int16(POLLIN) != 0
    {
      connection.ready(.readable)
    }
  }

  /// Whether anything came.
  private func readAtClient() -> Bool {
    guard isOpen, !hasServerClosed else { return false }
    var hasRead = false
    while true {
      switch session.read(into: buffer) {
      case .complete(let count):
        received += buffer.prefix(count)
        hasRead = true
      case .closed:
        hasServerClosed = true
        return false
      case .wantRead, .wantWrite, .failed: return hasRead
      }
    }
  }

  /// The client goes away, in order.
  func hangUp() {
    endTurn()
    _ = session.shutdown()
    _ = shutdown(descriptor, Int32(SHUT_WR))
    readAtServer()
    _ = readAtClient()
    isOpen = false
    Glibc.close(descriptor)
    if connection.state.phase != .closed { connection.ready([.readable, .hangup]) }
  }

  /// All that the server said, and whether it followed the rules for a message in parts.
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
