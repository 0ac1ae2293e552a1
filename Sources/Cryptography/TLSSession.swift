import COpenSSL
import Glibc

/// One TLS session over a non-blocking socket, which stays the caller's. Belongs to one thread.
package struct TLSSession: ~Copyable {
  private let handle: OpaquePointer
  // unsafe: made once, then only read; OpenSSL has no other way to share it.
  nonisolated(unsafe) private static let socketMethod = berth_socket_method()

  private init(owning handle: OpaquePointer) { self.handle = handle }

  deinit { SSL_free(handle) }

  /// A server's end.
  package static func accepting(
    _ descriptor: Int32, context: TLSContext
  ) throws(TLSError) -> TLSSession {
    precondition(context.role == .server, "a server needs a server's context")
    let session = try make(descriptor, context)
    SSL_set_accept_state(session.handle)
    return session
  }

  /// A client's end. `serverName`, a host name or an address literal, is what the server's
  /// certificate must be for.
  package static func connecting(
    _ descriptor: Int32, serverName: String, context: TLSContext
  ) throws(TLSError) -> TLSSession {
    precondition(context.role == .client, "a client needs a client's context")
    let session = try make(descriptor, context)
    SSL_set_connect_state(session.handle)
    try session.expect(serverName)
    return session
  }

  private static func make(
    _ descriptor: Int32, _ context: TLSContext
  ) throws(TLSError) -> TLSSession {
    ERR_clear_error()
    guard let handle = SSL_new(context.handle) else { throw .queued("SSL_new") }
    let session = TLSSession(owning: handle)
    guard let method = socketMethod, let socket = berth_socket_new(method, descriptor) else {
      throw .queued("BIO_new")
    }
    SSL_set_bio(handle, socket, socket)
    return session
  }

  private borrowing func expect(_ serverName: String) throws(TLSError) {
    // OpenSSL takes an empty name for "any name", and a name ends at its first zero.
    guard !serverName.isEmpty, !serverName.utf8.contains(0) else {
      throw TLSError("the server's name is empty or not a name")
    }
    // An address literal is compared with the certificate's addresses and is not sent as a name.
    if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), serverName) == 1 { return }
    SSL_set_hostflags(handle, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
    guard SSL_set1_host(handle, serverName) == 1, berth_set_server_name(handle, serverName) == 1
    else { throw .queued("server name") }
    ERR_clear_error()
  }

  /// Goes on with the handshake. Complete means that the peer speaks `berth/1` over TLS 1.3 and
  /// that its certificate, where one is asked for, is trusted.
  package func handshake() -> TLSOutcome {
    ERR_clear_error()
    let result = SSL_do_handshake(handle)
    guard result == 1 else { return outcome(of: result, "handshake") }
    // A peer that offers no ALPN at all never reaches the select callback.
    guard speaksBerth else {
      return .failed(TLSError("handshake: the peer does not speak berth/1"))
    }
    return .complete(0)
  }

  /// Reads what is there, at most `buffer.count` bytes.
  package func read(into buffer: UnsafeMutableRawBufferPointer) -> TLSOutcome {
    let result = SSL_read(handle, buffer.baseAddress, Int32(clamping: buffer.count))
    return result > 0 ? .complete(Int(result)) : outcome(of: result, "read")
  }

  /// Writes some of `bytes`, a record at least. `moreFollows`: so does another write at once; the
  /// kernel may keep this one for it.
  package func write(
    _ bytes: UnsafeRawBufferPointer, moreFollows: Bool = false
  ) -> TLSOutcome {
    if moreFollows { berth_socket_more_follows(handle, 1) }
    defer { if moreFollows { berth_socket_more_follows(handle, 0) } }
    let result = SSL_write(handle, bytes.baseAddress, Int32(clamping: bytes.count))
    return result > 0 ? .complete(Int(result)) : outcome(of: result, "write")
  }

  /// How many messages after the handshake, key updates and tickets, the reads since the last call
  /// handled. With more than `CryptographyLimits.postHandshakeMessages` the session is read to its
  /// end.
  package func takePostHandshakeMessages() -> Int {
    let count = PostHandshakeCount.get(handle)
    if count > 0 { PostHandshakeCount.set(0, handle) }
    return count
  }

  /// Whether bytes were read from the socket that `read` has not returned yet, decrypted or not.
  /// False saves the read that would only say so.
  package var hasPending: Bool { SSL_has_pending(handle) == 1 }

  /// Whether the session keeps its buffers, up to 34 KiB, while nothing is read or written. If not,
  /// which is how it begins, it asks malloc for them for each record and gives them back.
  package func keepsBuffers(_ keeps: Bool) {
    berth_keep_buffers(handle, keeps ? 1 : 0)
  }

  /// Sends close_notify; the peer's is not waited for.
  package func shutdown() -> TLSOutcome {
    ERR_clear_error()
    let result = SSL_shutdown(handle)
    // Zero: sent, and the peer's has not come.
    return result >= 0 ? .complete(0) : outcome(of: result, "shutdown")
  }

  /// The subject of the peer's certificate in RFC 2253 form, for example `CN=agent`.
  package var peerSubject: String? {
    guard let certificate = SSL_get0_peer_certificate(handle),
      let name = X509_get_subject_name(certificate), let memory = BIO_new(BIO_s_mem())
    else { return nil }
    defer { BIO_free(memory) }
    guard X509_NAME_print_ex(memory, name, 0, berth_name_rfc2253) >= 0 else { return nil }
    var text = [UInt8](repeating: 0, count: 512)
    let count = BIO_read(memory, &text, Int32(text.count))
    return count > 0 ? String(decoding: text.prefix(Int(count)), as: UTF8.self) : nil
  }

  /// The cipher suite, for example `TLS_AES_256_GCM_SHA384`; nil before one was agreed on.
  package var cipher: String? {
    SSL_get_current_cipher(handle).flatMap(SSL_CIPHER_get_name).map { String(cString: $0) }
  }

  /// The protocol version, for example `TLSv1.3`.
  package var version: String { String(cString: SSL_get_version(handle)) }

  private var speaksBerth: Bool {
    var name: UnsafePointer<UInt8>?
    var count: UInt32 = 0
    SSL_get0_alpn_selected(handle, &name, &count)
    let selected = UnsafeBufferPointer(start: name, count: Int(count))
    return selected.elementsEqual(TLSContext.alpn.dropFirst())
  }

  private func outcome(of result: Int32, _ call: String) -> TLSOutcome {
    // Before anything else may change it.
    let code = errno
    // Whether to try again is asked of the session: SSL_get_error looks at the thread's error queue
    // too, where another user of OpenSSL may have left something, and to empty that before each
    // read and write costs more than the rest of what we do for them.
    switch SSL_want(handle) {
    case SSL_READING where BIO_test_flags(SSL_get_rbio(handle), BIO_FLAGS_SHOULD_RETRY) != 0:
      return .wantRead
    case SSL_WRITING where BIO_test_flags(SSL_get_wbio(handle), BIO_FLAGS_SHOULD_RETRY) != 0:
      return .wantWrite
    default: break
    }
    if result == 0, SSL_get_shutdown(handle) & SSL_RECEIVED_SHUTDOWN != 0 { return .closed }
    switch SSL_get_error(handle, result) {
    case SSL_ERROR_WANT_READ: return .wantRead
    case SSL_ERROR_WANT_WRITE: return .wantWrite
    case SSL_ERROR_ZERO_RETURN: return .closed
    case SSL_ERROR_SYSCALL where ERR_peek_error() == 0:
      if code == 0 { return .failed(TLSError("\(call): the peer went away")) }
      return .failed(TLSError("\(call): \(String(cString: strerror(code)))"))
    case SSL_ERROR_SSL: return .failed(Self.withVerification(handle, .queued(call)))
    default: return .failed(.queued(call))
    }
  }

  /// Adds why a certificate was refused, which OpenSSL keeps apart from its error queue.
  private static func withVerification(_ handle: OpaquePointer, _ error: TLSError) -> TLSError {
    let result = SSL_get_verify_result(handle)
    guard result != Int(X509_V_OK), let text = X509_verify_cert_error_string(result) else {
      return error
    }
    return TLSError("\(error) (\(String(cString: text)))")
  }
}
