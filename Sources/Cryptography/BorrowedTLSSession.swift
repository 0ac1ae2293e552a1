import COpenSSL
import Glibc

/// A TLS session that another library made and owns, past its handshake; for clients of libraries
/// that hand out their session (libpq's `PQsslStruct`). Belongs to one thread, and does not outlive
/// the owner's.
package struct BorrowedTLSSession {
  private let handle: OpaquePointer

  /// - Parameter session: an `SSL *`.
  package init(borrowing session: UnsafeMutableRawPointer) { handle = OpaquePointer(session) }

  /// Reads what is there, at most `buffer.count` bytes.
  package func read(into buffer: UnsafeMutableRawBufferPointer) -> TLSOutcome {
    ERR_clear_error()
    let result = SSL_read(handle, buffer.baseAddress, Int32(clamping: buffer.count))
    return result > 0 ? .complete(Int(result)) : outcome(of: result, "read")
  }

  /// Writes `bytes`. After `wantRead` or `wantWrite` the next write begins with the same bytes.
  package func write(_ bytes: UnsafeRawBufferPointer) -> TLSOutcome {
    ERR_clear_error()
    let result = SSL_write(handle, bytes.baseAddress, Int32(clamping: bytes.count))
    return result > 0 ? .complete(Int(result)) : outcome(of: result, "write")
  }

  private func outcome(of result: Int32, _ call: String) -> TLSOutcome {
    // Before anything else may change it.
    let code = errno
    switch SSL_get_error(handle, result) {
    case SSL_ERROR_WANT_READ: return .wantRead
    case SSL_ERROR_WANT_WRITE: return .wantWrite
    case SSL_ERROR_ZERO_RETURN: return .closed
    case SSL_ERROR_SYSCALL where ERR_peek_error() == 0:
      if code == 0 { return .failed(TLSError("\(call): the peer went away")) }
      return .failed(TLSError("\(call): \(String(cString: strerror(code)))"))
    default: return .failed(.queued(call))
    }
  }
}
