import Cryptography
import EventLoop
import Glibc
import TestSupport
@_spi(Frames) import Wire

@testable import Transport

/// A client that speaks TLS and whatever bytes a test wants, over a blocking socket with a time
/// limit.
final class RawPeer {
  struct Received: Equatable {
    let type: FrameType?
    let flags: FrameFlags
    let stream: UInt32
    let payload: [UInt8]
  }

  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  private let descriptor: Int32
  private let session: TLSSession
  private var waiting: [UInt8] = []

  private init(owning descriptor: Int32, session: consuming TLSSession) {
    self.descriptor = descriptor
    self.session = session
  }

  deinit { close(descriptor) }

  /// A TCP connection without TLS.
  static func plainSocket(
    to server: TestServer, receiveBytes: Int32? = nil, patienceSeconds: Int = 15
  ) throws -> Int32 {
    try plainSocket(
      port: server.address.port, receiveBytes: receiveBytes, patienceSeconds: patienceSeconds)
  }

  /// - Parameter source: the address of 127.0.0.0/8 that it comes from.
  static func plainSocket(
    port: UInt16, source: UInt32? = nil, receiveBytes: Int32? = nil, patienceSeconds: Int = 15
  ) throws -> Int32 {
    signal(SIGPIPE, SIG_IGN)
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Failed(description: "socket: \(errno)") }
    if var receiveBytes {
      _ = setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBytes, 4)
    }
    var limit = timeval(tv_sec: patienceSeconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    _ = setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    _ = setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    if let source { _ = withAddress(source, 0) { bind(descriptor, $0, $1) } }
    guard beginConnect(descriptor, port: port) == 0 else {
      let code = errno
      close(descriptor)
      throw Failed(description: "connect: \(code)")
    }
    return descriptor
  }

  @discardableResult
  static func beginConnect(_ descriptor: Int32, port: UInt16) -> Int32 {
    withAddress(0x7f00_0001, port) { Glibc.connect(descriptor, $0, $1) }
  }

  private static func withAddress(
    _ host: UInt32, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = host.bigEndian
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  /// Closes so that the other end sees a reset, not an orderly end.
  static func reset(_ descriptor: Int32) {
    abandon(descriptor)
    close(descriptor)
  }

  private static func abandon(_ descriptor: Int32) {
    var option = linger(l_onoff: 1, l_linger: 0)
    _ = setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  /// When this peer goes, its connection is reset.
  func vanish() { Self.abandon(descriptor) }

  /// Connects and shakes hands. `settings: false`: the test sends its own first frame.
  static func connect(
    to server: TestServer, settings: Bool = true, receiveBytes: Int32? = nil,
    patienceSeconds: Int = 15
  ) throws -> RawPeer {
    let descriptor = try plainSocket(
      to: server, receiveBytes: receiveBytes, patienceSeconds: patienceSeconds)
    let context = try TLSContext.client(authority: server.made.authority)
    return try connect(owning: descriptor, context: context, settings: settings)
  }

  /// Shakes hands over a socket that is connected.
  static func connect(
    owning descriptor: Int32, context: TLSContext, settings: Bool = true
  ) throws -> RawPeer {
    let session = try TLSSession.connecting(
      descriptor, serverName: "localhost", context: context)
    let outcome = session.handshake()
    let peer = RawPeer(owning: descriptor, session: session)
    guard outcome == .complete(0) else { throw Failed(description: "\(outcome)") }
    if settings { try peer.send(RawPeer.settings) }
    return peer
  }

  func send(_ bytes: [UInt8]) throws {
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

  /// The next frame; nil when the server has closed in order.
  func receive() throws -> Received? {
    while true {
      if let frame = try Self.takeFrame(from: &waiting) { return frame }
      var buffer = [UInt8](repeating: 0, count: 65_536)
      let outcome = buffer.withUnsafeMutableBytes { session.read(into: $0) }
      switch outcome {
      case .complete(let count): waiting += buffer.prefix(count)
      case .closed: return nil
      case .failed, .wantRead, .wantWrite: throw Failed(description: "receive: \(outcome)")
      }
    }
  }

  /// The next frame of a type, whatever comes before it.
  func receive(_ type: FrameType) throws -> Received {
    while let frame = try receive() {
      if frame.type == type { return frame }
    }
    throw Failed(description: "closed before \(type)")
  }

  /// The GOAWAY that says why the server ends the connection, after which it must close in order.
  func receiveEnd() throws -> GoAway {
    var last: GoAway?
    while let frame = try receive() {
      guard frame.type == .goaway else { continue }
      last = try frame.payload.withUnsafeBytes { bytes throws in try GoAway.parse(bytes) }
    }
    guard let last else { throw Failed(description: "closed without GOAWAY") }
    return last
  }

  /// Takes a whole frame off the front of what came.
  static func takeFrame(from waiting: inout [UInt8]) throws -> Received? {
    let received = try waiting.withUnsafeBytes { bytes throws -> Received? in
      try Frame.parse(bytes).map {
        Received(
          type: $0.header.type, flags: $0.header.flags, stream: $0.header.stream,
          payload: Array($0.payload))
      }
    }
    if let received { waiting.removeFirst(WireLimits.headerBytes + received.payload.count) }
    return received
  }

  // MARK: Frames

  static func frame(
    _ type: FrameType, _ flags: FrameFlags = [], stream: UInt32 = 0, payload: [UInt8] = []
  ) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: WireLimits.headerBytes)
    bytes.withUnsafeMutableBytes {
      FrameHeader(type, flags: flags, stream: stream, length: payload.count)
        .write(to: $0.baseAddress!)
    }
    return bytes + payload
  }

  static var settings: [UInt8] { frame(.settings) }

  static func open(
    _ method: String, stream: UInt32, _ flags: FrameFlags = [.begin, .end],
    metadataBytes: Int = 0, message: [UInt8] = []
  ) -> [UInt8] {
    var head = [UInt8](repeating: 0, count: 9) + [UInt8(method.utf8.count)]
    head += [UInt8(metadataBytes >> 8), UInt8(metadataBytes & 255)]
    head += Array(method.utf8)
    if metadataBytes > 0 {
      let value = metadataBytes - 4
      head += [1, UInt8(value >> 8), UInt8(value & 255), UInt8(ascii: "k")]
      head += [UInt8](repeating: 65, count: value)
    }
    return frame(.open, flags, stream: stream, payload: head + message)
  }

  static func data(
    stream: UInt32, _ flags: FrameFlags, _ count: Int
  ) -> [UInt8] {
    frame(.data, flags, stream: stream, payload: [UInt8](repeating: 1, count: count))
  }

  static func reset(stream: UInt32) -> [UInt8] {
    frame(.reset, stream: stream, payload: [0, 0, 0, 1])
  }

  static func ping(_ payload: UInt8 = 1) -> [UInt8] {
    frame(.ping, payload: [0, 0, 0, 0, 0, 0, 0, payload])
  }

  static func window(stream: UInt32, _ bytes: UInt32) -> [UInt8] {
    frame(.window, stream: stream, payload: (0..<4).map { UInt8(bytes >> (24 - $0 * 8) & 255) })
  }
}
