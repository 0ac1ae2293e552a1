import Cryptography
import Glibc
import TestSupport
@_spi(Frames) import Wire

/// One end of a connection that says whatever frames a test wants, over a blocking socket with a
/// time limit. Belongs to one thread.
final class RawConnection {
  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  private static let patienceSeconds = 20

  private let descriptor: Int32
  private let session: TLSSession
  private var waiting: [UInt8] = []
  /// Bytes of `waiting` that were parsed.
  private var parsed = 0
  /// Payloads of the PONGs so far.
  private(set) var pongs: [[UInt8]] = []

  private init(owning descriptor: Int32, session: consuming TLSSession) throws {
    self.descriptor = descriptor
    self.session = session
    let outcome = self.session.handshake()
    guard outcome == .complete(0) else { throw Failed(description: "handshake: \(outcome)") }
  }

  deinit { Glibc.close(descriptor) }

  /// A client's end, which trusts the test run's authority.
  static func connect(port: UInt16, receiveBytes: Int32? = nil) throws -> RawConnection {
    signal(SIGPIPE, SIG_IGN)
    let descriptor = try LoopbackSocket.connect(port: Int(port), receiveBytes: receiveBytes)
    setPatience(descriptor)
    let context = try TLSContext.client(authority: try TestEnvironment.certificates().authority)
    return try RawConnection(
      owning: descriptor,
      session: try TLSSession.connecting(descriptor, serverName: "localhost", context: context))
  }

  /// A server's end of an accepted socket.
  static func accept(owning descriptor: Int32, context: TLSContext) throws -> RawConnection {
    setPatience(descriptor)
    return try RawConnection(
      owning: descriptor, session: try TLSSession.accepting(descriptor, context: context))
  }

  private static func setPatience(_ descriptor: Int32) {
    var limit = timeval(tv_sec: patienceSeconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    _ = setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    _ = setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
  }

  // MARK: Frames

  func send(_ frames: RawFrame...) throws { try send(frames) }

  /// Sends frames back to back.
  func send(_ frames: [RawFrame]) throws { try send(bytes: frames.flatMap(\.bytes)) }

  /// Sends frames a byte a TLS record.
  func sendByteByByte(_ frame: RawFrame) throws { try sendByteByByte(frame.bytes) }

  /// Sends bytes, each in a TLS record of its own.
  func sendByteByByte(_ bytes: [UInt8]) throws {
    for byte in bytes { try send(bytes: [byte]) }
  }

  func send(bytes: [UInt8]) throws {
    var offset = 0
    while offset < bytes.count {
      let outcome = bytes.withUnsafeBytes {
        session.write(UnsafeRawBufferPointer(rebasing: $0[offset...]))
      }
      guard case .complete(let count) = outcome else {
        throw Failed(description: "send: \(outcome)")
      }
      offset += count
    }
  }

  /// The next frame; nil when the other end has closed in order.
  func receive() throws -> RawFrame? {
    while true {
      if let frame = try parse() {
        if frame.type == .pong { pongs.append(frame.payload) }
        return frame
      }
      waiting.removeFirst(parsed)
      parsed = 0
      var buffer = [UInt8](repeating: 0, count: 65_536)
      let outcome = buffer.withUnsafeMutableBytes { session.read(into: $0) }
      switch outcome {
      case .complete(let count): waiting += buffer.prefix(count)
      case .closed: return nil
      case .failed, .wantRead, .wantWrite: throw Failed(description: "receive: \(outcome)")
      }
    }
  }

  /// The next frame for which `isWanted`, whatever comes before it.
  func receive(_ what: String, where isWanted: (RawFrame) -> Bool) throws -> RawFrame {
    while let frame = try receive() {
      if isWanted(frame) { return frame }
    }
    throw Failed(description: "closed before \(what)")
  }

  private func parse() throws -> RawFrame? {
    let frame = try waiting.withUnsafeBytes { bytes throws -> RawFrame? in
      try Frame.parse(UnsafeRawBufferPointer(rebasing: bytes[parsed...])).map {
        RawFrame(
          type: $0.header.type, flags: $0.header.flags, stream: $0.header.stream,
          payload: Array($0.payload))
      }
    }
    if let frame { parsed += WireLimits.headerBytes + frame.payload.count }
    return frame
  }

  /// Reads until the other end closes or is gone, and closes.
  func finish() {
    while (try? receive()) != nil {}
    close()
  }

  /// close_notify, and no more is sent.
  func close() {
    _ = session.shutdown()
    _ = shutdown(descriptor, Int32(SHUT_WR))
  }
}
