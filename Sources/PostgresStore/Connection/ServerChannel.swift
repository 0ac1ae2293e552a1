internal import CPostgres
internal import Cryptography
internal import Glibc

/// The bytes of an established connection: libpq's socket, or its TLS session. libpq itself, which
/// connected and authenticated, is not asked again until it closes the connection.
struct ServerChannel {
  enum Outcome {
    case bytes(Int)
    /// Nothing now: the socket tells.
    case wait(for: Direction)
    case lost(String)
  }

  enum Direction { case reading, writing }

  private let descriptor: Int32
  private let session: BorrowedTLSSession?

  /// Throws for a connection whose bytes only libpq can read.
  init(_ handle: ConnectionHandle) throws(PostgresFailure) {
    descriptor = handle.descriptor
    guard PQgssEncInUse(handle.pointer) == 0 else {
      throw PostgresFailure(.configuration, "GSS encryption is not supported: use sslmode")
    }
    guard PQsslInUse(handle.pointer) != 0 else {
      session = nil
      return
    }
    guard let pointer = PQsslStruct(handle.pointer, "OpenSSL") else {
      throw PostgresFailure(.configuration, "libpq does not use OpenSSL for TLS")
    }
    session = BorrowedTLSSession(borrowing: pointer)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
    if let session { return Self.outcome(session.read(into: buffer), waitsFor: .reading) }
    let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
    return count == 0 ? .lost("the server closed the connection") : Self.outcome(count, .reading)
  }

  /// Where `wait` is answered, the next call begins with the same bytes.
  func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    if let session { return Self.outcome(session.write(bytes), waitsFor: .writing) }
    return Self.outcome(
      send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)), .writing)
  }

  /// Whether what was read may not be all although the buffer was not filled: then the socket would
  /// not tell of the rest.
  var readsByRecord: Bool { session != nil }

  private static func outcome(_ count: Int, _ direction: Direction) -> Outcome {
    if count >= 0 { return .bytes(count) }
    switch errno {
    case EAGAIN, EINTR: return .wait(for: direction)
    case let code: return .lost(String(cString: strerror(code)))
    }
  }

  private static func outcome(_ outcome: TLSOutcome, waitsFor: Direction) -> Outcome {
    switch outcome {
    case .complete(let count): .bytes(count)
    case .wantRead: .wait(for: .reading)
    case .wantWrite: .wait(for: .writing)
    case .closed: .lost("the server closed the connection")
    case .failed(let error): .lost(error.description)
    }
  }
}
