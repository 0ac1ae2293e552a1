import Domain

extension MemoryDatabase: UserStore {
  func insert(_ user: User, passwordHash: String) async throws(DomainError) {
    try with { state throws(DomainError) in
      guard !state.users.values.contains(where: { $0.user.username == user.username }) else {
        throw .alreadyExists(kind: "user", name: user.username)
      }
      state.users[user.id] = StoredCredentials(user: user, passwordHash: passwordHash)
    }
  }

  func credentials(username: String) async throws(DomainError) -> StoredCredentials? {
    with { state in state.users.values.first { $0.user.username == username } }
  }

  func user(_ id: UserID) async throws(DomainError) -> User? {
    with { state in state.users[id]?.user }
  }

  func users(
    in scope: TenantScope, including viewer: UserID?, page: PageRequest
  ) async throws(DomainError) -> Page<User> {
    let users = with { state in
      state.users.values.map(\.user).filter { user in
        scope == .all || user.id == viewer
          || state.members.contains { scope.contains($0.key) && $0.value[user.id] != nil }
      }
    }
    return try Self.page(users.sorted { $0.username < $1.username }, page)
  }

  func ensureSuperAdmin(_ user: User) async throws(DomainError) -> UserID {
    if let known = with({ state in state.users.values.first { $0.user.isSuperAdmin } }) {
      return known.user.id
    }
    try await insert(user, passwordHash: "")
    return user.id
  }

  func insertKey(digest: [UInt8], user: UserID) async throws(DomainError) {
    with { state in state.userKeys[digest] = user }
  }

  func insert(_ token: RefreshToken) async throws(DomainError) {
    with { state in
      state.refreshTokens[token.digest] = RefreshRow(
        user: token.user, login: token.login, expiresAt: token.expiresAt)
    }
  }

  func rotateRefreshToken(
    digest: [UInt8], successor: [UInt8], now: Instant, successorExpiresAt: Instant
  ) async throws(DomainError) -> RefreshOutcome {
    with { state in
      guard let row = state.refreshTokens[digest], !row.isRevoked, row.expiresAt > now else {
        return .unknownOrExpired
      }
      if row.isUsed {
        for (digest, other) in state.refreshTokens where other.login == row.login {
          state.refreshTokens[digest]?.isRevoked = true
        }
        return .reused
      }
      state.refreshTokens[digest]?.isUsed = true
      state.refreshTokens[successor] = RefreshRow(
        user: row.user, login: row.login, expiresAt: successorExpiresAt)
      return .rotated(row.user)
    }
  }
}
