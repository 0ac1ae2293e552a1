/// What the domain needs of the world outside, injected so that tests decide it.
package protocol WallClock: Sendable {
  func now() -> Instant
}

/// Random bits fit for secrets.
package protocol SecureRandom: Sendable {
  func next() -> UInt128
}

/// Hashes passwords slowly, beside the event loops.
package protocol PasswordHasher: Sendable {
  /// A PHC string with a fresh salt. Throws `.resourceExhausted` when too many wait.
  func hash(_ password: String) async throws(DomainError) -> String
  /// Whether the password matches; false also for a hash that cannot be read.
  func verify(_ password: String, against hash: String) async throws(DomainError) -> Bool
}

/// Hashes secrets that are random already (invite codes, API keys, refresh tokens): SHA-256.
package protocol SecretDigest: Sendable {
  func digest(_ secret: String) -> [UInt8]
}

/// Makes and reads access tokens.
package protocol TokenSigner: Sendable {
  func sign(_ claims: AccessClaims) async throws(DomainError) -> String
  /// The claims of a token whose signature and expiry hold; throws `.unauthenticated`.
  func verify(_ token: String, now: Instant) async throws(DomainError) -> AccessClaims
}

/// What an access token says.
package struct AccessClaims: Sendable, Equatable {
  package var user: UserID
  package var issuedAt: Instant
  package var expiresAt: Instant

  package init(user: UserID, issuedAt: Instant, expiresAt: Instant) {
    self.user = user
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
  }
}
