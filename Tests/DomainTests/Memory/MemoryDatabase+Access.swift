import Domain

extension MemoryDatabase: AccessStore {
  func principal(user: UserID) async throws(DomainError) -> Principal? {
    try read { state in Self.principal(user, state) }
  }

  func principal(apiKeyDigest: [UInt8], now: Instant) async throws(DomainError) -> Principal? {
    try read { state in
      if let user = state.userKeys[apiKeyDigest] { return Self.principal(user, state) }
      guard let id = state.accountKeys[apiKeyDigest], let account = state.accounts[id],
        account.revokedAt == nil, account.expiresAt > now
      else { return nil }
      return Principal(
        identity: .serviceAccount(id), name: account.name,
        memberships: [account.organization: account.role], expiresAt: account.expiresAt)
    }
  }

  func principal(agentTokenDigest: [UInt8]) async throws(DomainError) -> Principal? {
    try read { state in
      guard let id = state.agentTokens[agentTokenDigest], let cluster = state.clusters[id] else {
        return nil
      }
      return Principal(identity: .agent(id), name: cluster.name)
    }
  }

  func rules() async throws(DomainError) -> [String: AccessRule] {
    try read { state in state.rules }
  }

  private func read<Answer: Sendable>(
    _ body: (State) -> Answer
  ) throws(DomainError) -> Answer {
    let answer = try with { state throws(DomainError) in
      state.reads += 1
      if let failure = state.failure {
        state.failure = nil
        throw failure
      }
      return body(state)
    }
    runInterlude()
    return answer
  }

  private static func principal(_ id: UserID, _ state: State) -> Principal? {
    guard let user = state.users[id]?.user else { return nil }
    let memberships = state.members.compactMapValues { $0[id]?.role }
    return Principal(
      identity: .user(id), name: user.username, isSuperAdmin: user.isSuperAdmin,
      memberships: memberships)
  }
}
