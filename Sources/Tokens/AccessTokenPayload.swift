import JWTKit

/// The claims of an access token as they travel (RFC 7519). Times are whole seconds since 1970.
struct AccessTokenPayload: JWTPayload {
  let iss: String
  let aud: String
  /// The user's identifier.
  let sub: String
  let iat: Int64
  let exp: Int64

  /// Issuer, audience and times are checked by the signer, which knows what is expected and what
  /// time it is.
  func verify(using algorithm: some JWTAlgorithm) {}
}
