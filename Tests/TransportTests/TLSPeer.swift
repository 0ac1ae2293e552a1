import CTLSPeer
import Glibc
import TestSupport
@_spi(Frames) import Wire

@testable import Transport

/// One end of a connection whose TLS does what ours never does: key updates, tickets, small
/// records. Over a blocking socket with a time limit.
final class TLSPeer {
  struct Failed: Error, CustomStringConvertible { let description: String }

  private let descriptor: Int32
  private let peer: OpaquePointer
  private var waiting: [UInt8] = []

  private init(owning descriptor: Int32, _ peer: OpaquePointer?) throws {
    guard let peer else {
      close(descriptor)
      throw Failed(description: "handshake")
    }
    self.descriptor = descriptor
    self.peer = peer
  }

  deinit {
    ctls_free(peer)
    close(descriptor)
  }

  /// A client.
  ///
  /// - Parameter fragment: which records it asks the server for: `TLSEXT_max_fragment_length_*`.
  static func connect(to server: TestServer, fragment: Int32 = 0) throws -> TLSPeer {
    let descriptor = try RawPeer.plainSocket(to: server)
    return try TLSPeer(owning: descriptor, ctls_connect(descriptor, fragment))
  }

  /// A server over a connected socket.
  static func accept(owning descriptor: Int32, made: TestAuthority) throws -> TLSPeer {
    let peer = ctls_accept(descriptor, made.certificate("localhost"), made.key("localhost"))
    return try TLSPeer(owning: descriptor, peer)
  }

  func send(_ bytes: [UInt8]) throws {
    guard ctls_write(peer, bytes, Int32(bytes.count)) == bytes.count else {
      throw Failed(description: "send")
    }
  }

  /// Sends what `body` says in one go: much of it is there before the other end reads any. That may
  /// close before the end of it.
  func sendAtOnce(_ body: () throws -> Void) throws {
    ctls_hold(peer)
    try body()
    _ = ctls_release(peer)
  }

  func updateKeys(_ times: Int) throws {
    for _ in 0..<times {
      guard ctls_update_keys(peer) == 1 else { throw Failed(description: "key update") }
    }
  }

  func sendTickets(_ times: Int) throws {
    for _ in 0..<times {
      guard ctls_send_ticket(peer) == 1 else { throw Failed(description: "ticket") }
    }
  }

  /// The next frame of a type, whatever comes before it.
  func receive(_ type: FrameType) throws -> RawPeer.Received {
    while true {
      while let frame = try RawPeer.takeFrame(from: &waiting) {
        if frame.type == type { return frame }
      }
      var buffer = [UInt8](repeating: 0, count: 65_536)
      let count = Int(ctls_read(peer, &buffer, Int32(buffer.count)))
      guard count > 0 else { throw Failed(description: "closed before \(type)") }
      waiting += buffer.prefix(count)
    }
  }

  /// The GOAWAY that says why the other end closes.
  func receiveEnd() throws -> GoAway {
    let frame = try receive(.goaway)
    return try frame.payload.withUnsafeBytes { bytes throws in try GoAway.parse(bytes) }
  }
}
