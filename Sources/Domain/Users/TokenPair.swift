/// What a login gives: a token to call with and one to get the next pair by.
package struct TokenPair: Sendable, Equatable {
  /// A JWT.
  package let accessToken: String
  /// Opaque; holds once.
  package let refreshToken: String
  package let accessExpiresAt: Instant
  package let refreshExpiresAt: Instant
}

/// How long tokens hold.
package struct TokenLifetimes: Sendable, Equatable {
  package var access: Duration
  package var refresh: Duration

  package init(access: Duration = .seconds(30 * 60), refresh: Duration = .seconds(30 * 86_400)) {
    self.access = access
    self.refresh = refresh
  }
}
