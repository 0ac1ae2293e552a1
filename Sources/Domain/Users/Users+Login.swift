extension Users {
  /// Exchanges a username and password for tokens. Throws `.unauthenticated`, with one text and at
  /// the same cost, for a user who does not exist and a password that is wrong;
  /// `.resourceExhausted` after too many failures (`LoginThrottle`).
  package func login(
    username: String, password: String
  ) async throws(DomainError) -> (user: User, tokens: TokenPair) {
    var validation = Validation()
    if username.isEmpty { validation.refuse("username", "is required") }
    if username.utf8.count > DomainLimits.usernameBytes.upperBound {
      validation.refuse("username", "must have at most 64 characters")
    }
    if password.isEmpty { validation.refuse("password", "is required") }
    if password.utf8.count > DomainLimits.passwordBytes {
      validation.refuse("password", "must have at most 256 characters")
    }
    try validation.finish()

    try throttle.begin(username, now: clock.now())
    let user: User?
    do throws(DomainError) {
      user = try await verified(username: username, password: password)
    } catch {
      throttle.abandoned(username)
      throw error
    }
    guard let user else { throw .unauthenticated("username and password do not match") }
    throttle.succeeded(username)

    let now = clock.now()
    let refresh = SecretText.token(prefix: SecretText.refreshTokenPrefix, random: random)
    let token = RefreshToken(
      digest: digest.digest(refresh), user: user.id, login: Nonce(random.next()),
      expiresAt: now + lifetimes.refresh)
    try await store.insert(token)
    return (user, try await pair(user: user.id, refresh: refresh, now: now))
  }

  /// Exchanges a refresh token, once, for new tokens. A token that was used before is taken for
  /// stolen: every session of its login ends.
  package func refresh(_ token: String) async throws(DomainError) -> TokenPair {
    guard !token.isEmpty else { throw .invalid([Violation("refresh_token", "is required")]) }
    guard SecretText.isToken(token, prefix: SecretText.refreshTokenPrefix) else {
      throw Self.refreshRefused
    }
    let now = clock.now()
    let successor = SecretText.token(prefix: SecretText.refreshTokenPrefix, random: random)
    let outcome = try await store.rotateRefreshToken(
      digest: digest.digest(token), successor: digest.digest(successor), now: now,
      successorExpiresAt: now + lifetimes.refresh)
    switch outcome {
    case .rotated(let user):
      return try await pair(user: user, refresh: successor, now: now)
    case .unknownOrExpired:
      throw Self.refreshRefused
    case .reused:
      throw .unauthenticated(
        "the refresh token was used before: every session of its login has ended, log in again")
    }
  }

  private static var refreshRefused: DomainError {
    .unauthenticated("the refresh token is not valid or has expired: log in again")
  }

  /// The user whose password this is; nil for no such user too, after as much work.
  private func verified(
    username: String, password: String
  ) async throws(DomainError) -> User? {
    let decoy = try await decoy.value(hasher: hasher, random: random)
    let known = try await store.credentials(username: username)
    let matches = try await hasher.verify(password, against: known?.passwordHash ?? decoy)
    return matches ? known?.user : nil
  }

  private func pair(
    user: UserID, refresh: String, now: Instant
  ) async throws(DomainError) -> TokenPair {
    let claims = AccessClaims(user: user, issuedAt: now, expiresAt: now + lifetimes.access)
    return TokenPair(
      accessToken: try await signer.sign(claims), refreshToken: refresh,
      accessExpiresAt: claims.expiresAt, refreshExpiresAt: now + lifetimes.refresh)
  }
}
