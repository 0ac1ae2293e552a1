/// What access tokens are signed with.
package enum TokenKey: Sendable {
  /// HMAC-SHA-256 with a shared secret of at least `shortestSecretBytes`.
  case hs256(secret: String)
  /// ECDSA on P-256: a private key in PEM, SEC 1 or PKCS #8.
  case es256(privateKeyPEM: String)

  /// As long as the hash's output, as RFC 7518 section 3.2 demands.
  package static let shortestSecretBytes = 32

  /// The `alg` of its tokens.
  var algorithm: String {
    switch self {
    case .hs256: "HS256"
    case .es256: "ES256"
    }
  }
}

/// Why a key cannot sign; the text never shows any of it.
package struct TokenKeyError: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String
}
