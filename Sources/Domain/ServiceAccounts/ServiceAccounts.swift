/// How other services call without a person's password: keys with a role in one organization.
package struct ServiceAccounts: Sendable {
  private let store: any ServiceAccountStore
  private let access: Access
  private let digest: any SecretDigest
  private let random: any SecureRandom
  private let clock: any WallClock

  package init(
    store: any ServiceAccountStore, access: Access, digest: any SecretDigest,
    random: any SecureRandom, clock: any WallClock
  ) {
    self.store = store
    self.access = access
    self.digest = digest
    self.random = random
    self.clock = clock
  }

  /// Creates an account with a key, which is shown this once. An empty role means developer, no
  /// time to live 90 days. Throws `.permissionDenied` for a role above the caller's,
  /// `.alreadyExists` for a name that the organization uses.
  package func create(
    _ grant: AccessGrant, organizationID: String, name: String, role: String = "",
    timeToLive: Duration? = nil
  ) async throws(DomainError) -> (account: ServiceAccount, apiKey: String) {
    var validation = Validation()
    let checkedID = validation.identifier(organizationID, "organization_id", of: Organization.self)
    validation.label(name, "name", characters: DomainLimits.serviceAccountNameCharacters)
    let checkedRole = validation.role(role, "role", standard: .developer)
    let lifetime = timeToLive ?? DomainLimits.defaultServiceAccountLifetime
    if !DomainLimits.serviceAccountLifetime.contains(lifetime) {
      validation.refuse("time_to_live", "must be 1 minute to 366 days")
    }
    let (id, role) = try validation.passed(checkedID, checkedRole)
    let organization = try grant.authorize(id)
    guard organization.mayGrant(role) else {
      throw .permissionDenied("the role \(role.rawValue) is above your own")
    }
    let now = clock.now()
    let account = ServiceAccount(
      id: .make(at: now, random: random.next()), organization: organization.id, name: name,
      role: role, createdAt: now, expiresAt: now + lifetime)
    let key = SecretText.token(prefix: SecretText.apiKeyPrefix, random: random)
    try await store.insert(account, keyDigest: digest.digest(key))
    return (account, key)
  }

  /// Those of one organization, revoked ones too, by name.
  package func list(
    _ grant: AccessGrant, organizationID: String, page: RequestedPage
  ) async throws(DomainError) -> Page<ServiceAccount> {
    var validation = Validation()
    let checkedID = validation.identifier(organizationID, "organization_id", of: Organization.self)
    let checkedPage = validation.page(page)
    let (id, page) = try validation.passed(checkedID, checkedPage)
    return try await store.serviceAccounts(try grant.authorize(id).id, page: page)
  }

  /// Ends an account's key: here at once, everywhere within `DomainLimits.accessCacheLifetime`.
  /// Revoking a revoked one changes nothing.
  package func revoke(
    _ grant: AccessGrant, id: String
  ) async throws(DomainError) -> ServiceAccount {
    var validation = Validation()
    let checkedID = validation.identifier(id, "id", of: ServiceAccount.self)
    let id = try validation.passed(checkedID)
    guard let known = try await store.serviceAccount(id, in: grant.visible) else {
      throw Self.notFound(id)
    }
    _ = try grant.authorize(known.organization)
    guard let account = try await store.revoke(id, in: grant.scope, now: clock.now()) else {
      throw Self.notFound(id)
    }
    access.changed(account.id)
    return account
  }

  private static func notFound(_ id: ServiceAccountID) -> DomainError {
    .notFound(kind: "service account", name: id.description)
  }
}
