package import Domain
import FoundationEssentials
import JWTKit

/// Access tokens as JSON Web Tokens, by one algorithm and one key: a token that names another of
/// either is refused before any signature is looked at (RFC 8725 section 3.1).
package struct JWTSigner: TokenSigner {
  /// Who issues and who is meant, unless the operator says otherwise.
  package static let standardIssuer = "berth"
  package static let standardAudience = "berth"

  /// How far ahead the clock of the replica that issued a token may be.
  private static let clockSkewSeconds: Int64 = 60

  /// Names the key in each token's header, so that tokens of an earlier key are told apart.
  package let keyID: String
  private let algorithm: String
  private let issuer: String
  private let audience: String
  private let keys: JWTKeyCollection

  /// Throws for a secret that is too short and a PEM that holds no P-256 private key.
  package init(
    key: TokenKey, issuer: String = standardIssuer, audience: String = standardAudience,
    digest: some SecretDigest
  ) async throws(TokenKeyError) {
    self.issuer = issuer
    self.audience = audience
    algorithm = key.algorithm
    keys = JWTKeyCollection()
    switch key {
    case .hs256(let secret):
      guard secret.utf8.count >= TokenKey.shortestSecretBytes else {
        throw TokenKeyError(
          description: "the secret key must have at least \(TokenKey.shortestSecretBytes) bytes")
      }
      keyID = Self.keyID(of: "berth access token key\n\(secret)", digest)
      await keys.add(
        hmac: HMACKey(from: secret), digestAlgorithm: .sha256, kid: JWKIdentifier(string: keyID))
    case .es256(let pem):
      let privateKey = try Self.privateKey(pem)
      keyID = Self.keyID(of: privateKey.publicKey.pemRepresentation, digest)
      await keys.add(ecdsa: privateKey, kid: JWKIdentifier(string: keyID))
    }
  }

  package func sign(_ claims: AccessClaims) async throws(DomainError) -> String {
    // Both rounded down: a token never holds longer than was said.
    let payload = AccessTokenPayload(
      iss: issuer, aud: audience, sub: claims.user.description,
      iat: Self.seconds(claims.issuedAt), exp: Self.seconds(claims.expiresAt))
    do {
      return try await keys.sign(payload, kid: JWKIdentifier(string: keyID))
    } catch {
      throw .internal("signing an access token failed: \(error)")
    }
  }

  package func verify(_ token: String, now: Instant) async throws(DomainError) -> AccessClaims {
    guard let header = TokenHeader(of: token), header.alg == algorithm, header.kid == keyID,
      header.typ == nil || header.typ == "JWT", header.crit == nil
    else { throw Self.refused }
    let payload: AccessTokenPayload
    do {
      payload = try await keys.verify(token, as: AccessTokenPayload.self)
    } catch {
      throw Self.refused
    }
    let seconds = Self.seconds(now)
    guard payload.iss == issuer, payload.aud == audience, let user = UserID(payload.sub),
      payload.exp > seconds, payload.iat <= seconds + Self.clockSkewSeconds,
      let issuedAt = Self.instant(payload.iat), let expiresAt = Self.instant(payload.exp)
    else { throw Self.refused }
    return AccessClaims(user: user, issuedAt: issuedAt, expiresAt: expiresAt)
  }

  /// One text for every reason: it tells a forger nothing.
  private static let refused = DomainError.unauthenticated(
    "the token is not valid or has expired: log in again")

  /// Whole seconds, rounded down also before 1970.
  private static func seconds(_ instant: Instant) -> Int64 {
    let (quotient, remainder) = instant.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    return remainder < 0 ? quotient - 1 : quotient
  }

  private static func instant(_ seconds: Int64) -> Instant? {
    let (microseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    return overflow ? nil : Instant(microseconds: microseconds)
  }

  private static func keyID(of text: String, _ digest: some SecretDigest) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let name = digest.digest(text).prefix(8).flatMap {
      [digits[Int($0 >> 4)], digits[Int($0 & 15)]]
    }
    return String(decoding: name, as: UTF8.self)
  }

  /// `openssl ecparam -genkey` writes the curve's parameters ahead of the key: they are passed
  /// over.
  private static func privateKey(_ pem: String) throws(TokenKeyError) -> ES256PrivateKey {
    for label in ["EC PRIVATE KEY", "PRIVATE KEY"] {
      guard let begin = pem.firstRange(of: "-----BEGIN \(label)-----") else { continue }
      if let key = try? ES256PrivateKey(pem: String(pem[begin.lowerBound...])) { return key }
    }
    throw TokenKeyError(description: "the key file holds no P-256 private key in PEM")
  }
}
