import Domain

extension MemoryDatabase: ServiceAccountStore {
  func insert(_ account: ServiceAccount, keyDigest: [UInt8]) async throws(DomainError) {
    try with { state throws(DomainError) in
      guard state.organizations[account.organization] != nil else {
        throw .notFound(kind: "organization", name: account.organization.description)
      }
      let isTaken = state.accounts.values.contains {
        $0.organization == account.organization && $0.name == account.name
      }
      guard !isTaken else { throw .alreadyExists(kind: "service account", name: account.name) }
      state.accounts[account.id] = account
      state.accountKeys[keyDigest] = account.id
    }
  }

  func serviceAccount(
    _ id: ServiceAccountID, in scope: TenantScope
  ) async throws(DomainError) -> ServiceAccount? {
    with { state in
      guard let account = state.accounts[id], scope.contains(account.organization) else {
        return nil
      }
      return account
    }
  }

  func serviceAccounts(
    _ organization: OrganizationID, page: PageRequest
  ) async throws(DomainError) -> Page<ServiceAccount> {
    let accounts = with { state in
      state.accounts.values.filter { $0.organization == organization }
    }
    return try Self.page(accounts.sorted { $0.name < $1.name }, page)
  }

  func revoke(
    _ id: ServiceAccountID, in scope: TenantScope, now: Instant
  ) async throws(DomainError) -> ServiceAccount? {
    with { state in
      guard let account = state.accounts[id], scope.contains(account.organization) else {
        return nil
      }
      if account.revokedAt == nil { state.accounts[id]?.revokedAt = now }
      return state.accounts[id]
    }
  }
}
