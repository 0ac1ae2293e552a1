/// Users and their logins.
package protocol UserStore: Sendable {
  /// Throws `.alreadyExists` if the username is taken.
  func insert(_ user: User, passwordHash: String) async throws(DomainError)
  func credentials(username: String) async throws(DomainError) -> StoredCredentials?
  func user(_ id: UserID) async throws(DomainError) -> User?
  /// Members of any organization of `scope` (`.all`: every user), and `viewer` itself. By username.
  func users(
    in scope: TenantScope, including viewer: UserID?, page: PageRequest
  ) async throws(DomainError) -> Page<User>
  /// The SuperAdmin: `user`, made without a usable password, unless there is one already.
  func ensureSuperAdmin(_ user: User) async throws(DomainError) -> UserID
  /// Adds an API key of a user that does not expire; `AccessStore.principal(apiKeyDigest:)` knows
  /// it.
  func insertKey(digest: [UInt8], user: UserID) async throws(DomainError)
  /// Keeps a refresh token. `login` groups the tokens that descend from one login.
  func insert(_ token: RefreshToken) async throws(DomainError)
  /// Ends the token of `digest` and keeps `successor` of the same login in its place, at once. A
  /// token that was already used ends every token of its login and answers `.reused`.
  func rotateRefreshToken(
    digest: [UInt8], successor: [UInt8], now: Instant, successorExpiresAt: Instant
  ) async throws(DomainError) -> RefreshOutcome
}

/// A refresh token at rest: only its digest is kept.
package struct RefreshToken: Sendable, Equatable {
  package let digest: [UInt8]
  package let user: UserID
  /// Random, one a login.
  package let login: Nonce
  package let expiresAt: Instant

  package init(digest: [UInt8], user: UserID, login: Nonce, expiresAt: Instant) {
    self.digest = digest
    self.user = user
    self.login = login
    self.expiresAt = expiresAt
  }
}

package enum RefreshOutcome: Sendable, Equatable {
  case rotated(UserID)
  case unknownOrExpired
  case reused
}
