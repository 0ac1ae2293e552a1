import COpenSSL

/// What TLS sessions share: certificates, trust, versions, ALPN. TLS 1.3 alone, ALPN `berth/1`
/// alone, no tickets, no session cache, no early data.
package final class TLSContext: @unchecked Sendable {
  // @unchecked: the handle is configured before init returns and then only read; OpenSSL documents
  // SSL_new on a shared, unchanging SSL_CTX as safe from several threads.
  package enum Role: Sendable { case server, client }

  package let role: Role
  let handle: OpaquePointer

  /// The protocol's name as ALPN carries it: a length and the name.
  static let alpn: [UInt8] = [7] + Array("berth/1".utf8)

  private init(role: Role) throws(TLSError) {
    ERR_clear_error()
    let method = role == .server ? TLS_server_method() : TLS_client_method()
    guard let handle = SSL_CTX_new(method) else { throw .queued("SSL_CTX_new") }
    self.role = role
    self.handle = handle
    guard berth_ctx_set_min_tls13(handle) == 1 else { throw .queued("minimum version") }
    let mode =
      SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
      | SSL_MODE_RELEASE_BUFFERS
    _ = berth_ctx_set_mode(handle, Int(mode))
    berth_ctx_set_read_ahead(handle, 1)
    _ = berth_ctx_disable_session_cache(handle)
    // A ticket would cost each handshake a record and memory, and nobody resumes.
    SSL_CTX_set_num_tickets(handle, 0)
    SSL_CTX_set_max_early_data(handle, 0)
    SSL_CTX_set_verify_depth(handle, CryptographyLimits.chainDepth)
    SSL_CTX_set_info_callback(handle, countPostHandshake)
  }

  deinit { SSL_CTX_free(handle) }

  /// A server's context from PEM files.
  ///
  /// - Parameters:
  ///   - clientAuthority: authorities that client certificates are checked against; nil asks for
  ///     none.
  ///   - requiresClientCertificate: refuse clients without one.
  package static func server(
    certificateChain: String, privateKey: String, clientAuthority: String? = nil,
    requiresClientCertificate: Bool = false
  ) throws(TLSError) -> TLSContext {
    let context = try TLSContext(role: .server)
    try context.use(certificateChain: certificateChain, privateKey: privateKey)
    if let clientAuthority {
      try context.trust(authority: clientAuthority)
      let names = SSL_load_client_CA_file(clientAuthority)
      guard let names else { throw .queued("client authority \(clientAuthority)") }
      SSL_CTX_set_client_CA_list(context.handle, names)
      let required = requiresClientCertificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0
      SSL_CTX_set_verify(context.handle, SSL_VERIFY_PEER | required, nil)
    } else if requiresClientCertificate {
      throw TLSError("client certificates are required but no authority is named")
    }
    SSL_CTX_set_alpn_select_cb(context.handle, selectProtocol, nil)
    return context
  }

  /// A client's context. It always verifies the server's chain and name.
  ///
  /// - Parameters:
  ///   - authority: PEM file of trusted authorities; nil: those of the system.
  ///   - certificateChain: with `privateKey`, what the client shows when it is asked for a
  ///     certificate.
  package static func client(
    authority: String? = nil, certificateChain: String? = nil, privateKey: String? = nil
  ) throws(TLSError) -> TLSContext {
    let context = try TLSContext(role: .client)
    if let authority {
      try context.trust(authority: authority)
    } else if SSL_CTX_set_default_verify_paths(context.handle) != 1 {
      throw .queued("system trust")
    }
    if let certificateChain, let privateKey {
      try context.use(certificateChain: certificateChain, privateKey: privateKey)
    } else if certificateChain != nil || privateKey != nil {
      throw TLSError("a client certificate needs its chain and its key")
    }
    SSL_CTX_set_verify(context.handle, SSL_VERIFY_PEER, nil)
    // Zero is success here.
    guard SSL_CTX_set_alpn_protos(context.handle, alpn, UInt32(alpn.count)) == 0 else {
      throw .queued("ALPN")
    }
    return context
  }

  private func use(certificateChain: String, privateKey: String) throws(TLSError) {
    ERR_clear_error()
    guard SSL_CTX_use_certificate_chain_file(handle, certificateChain) == 1 else {
      throw .queued("certificate chain \(certificateChain)")
    }
    guard SSL_CTX_use_PrivateKey_file(handle, privateKey, SSL_FILETYPE_PEM) == 1 else {
      throw .queued("private key \(privateKey)")
    }
    guard SSL_CTX_check_private_key(handle) == 1 else {
      throw .queued("the key \(privateKey) is not the certificate's")
    }
  }

  private func trust(authority: String) throws(TLSError) {
    ERR_clear_error()
    guard SSL_CTX_load_verify_file(handle, authority) == 1 else {
      throw .queued("authority \(authority)")
    }
  }
}

/// Counts the messages that TLS 1.3 allows after its handshake. OpenSSL handles as many as come
/// within one read: one too many ends the session for reading, and the next record is not looked
/// at. Called at the steps of a handshake, and once for each such message in one of these states;
/// never for application data.
private func countPostHandshake(_ session: OpaquePointer?, _ event: Int32, _ result: Int32) {
  guard event & SSL_CB_LOOP != 0 else { return }
  switch SSL_get_state(session) {
  case TLS_ST_SR_KEY_UPDATE, TLS_ST_CR_KEY_UPDATE, TLS_ST_CR_SESSION_TICKET: break
  default: return
  }
  let count = PostHandshakeCount.get(session) + 1
  PostHandshakeCount.set(count, session)
  guard count > CryptographyLimits.postHandshakeMessages else { return }
  SSL_set_shutdown(session, SSL_get_shutdown(session) | SSL_RECEIVED_SHUTDOWN)
}

/// Picks `berth/1` from what the client offers; anything else ends the handshake with an alert.
private func selectProtocol(
  _ session: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
  _ chosenBytes: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?,
  _ offeredBytes: UInt32, _ argument: UnsafeMutableRawPointer?
) -> Int32 {
  guard let offered, let chosen, let chosenBytes else { return SSL_TLSEXT_ERR_ALERT_FATAL }
  let list = UnsafeBufferPointer(start: offered, count: Int(offeredBytes))
  var offset = 0
  while offset < list.count {
    let end = offset + 1 + Int(list[offset])
    guard end <= list.count else { break }
    if list[offset..<end].elementsEqual(TLSContext.alpn) {
      // The name must outlive this call: it is the client's own copy, as OpenSSL's manual asks for.
      chosen.pointee = offered + offset + 1
      chosenBytes.pointee = list[offset]
      return SSL_TLSEXT_ERR_OK
    }
    offset = end
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL
}
