/// What a server shows its clients, and what it wants to see of them: PEM files.
public struct ServerIdentity: Sendable {
  /// The server's certificate, followed by those between it and its authority.
  public var certificatePath: String
  public var privateKeyPath: String
  /// Whom clients' certificates are checked against; nil: none is asked for.
  public var clientAuthorityPath: String?
  /// Whether a client without a certificate of that authority is refused.
  public var requiresClientCertificate: Bool

  public init(
    certificatePath: String, privateKeyPath: String, clientAuthorityPath: String? = nil,
    requiresClientCertificate: Bool? = nil
  ) {
    self.certificatePath = certificatePath
    self.privateKeyPath = privateKeyPath
    self.clientAuthorityPath = clientAuthorityPath
    self.requiresClientCertificate = requiresClientCertificate ?? (clientAuthorityPath != nil)
  }
}
