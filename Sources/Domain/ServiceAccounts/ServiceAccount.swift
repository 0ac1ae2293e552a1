/// How another service calls: an API key with a role in one organization.
package struct ServiceAccount: Sendable, Equatable {
  package let id: ServiceAccountID
  package let organization: OrganizationID
  package let name: String
  package let role: Role
  package var revokedAt: Instant?
  package let createdAt: Instant
  package let expiresAt: Instant

  package init(
    id: ServiceAccountID, organization: OrganizationID, name: String, role: Role,
    revokedAt: Instant? = nil, createdAt: Instant, expiresAt: Instant
  ) {
    self.id = id
    self.organization = organization
    self.name = name
    self.role = role
    self.revokedAt = revokedAt
    self.createdAt = createdAt
    self.expiresAt = expiresAt
  }
}

/// Service accounts; only digests of keys are kept.
package protocol ServiceAccountStore: Sendable {
  /// Throws `.alreadyExists` for a name that the organization uses.
  func insert(_ account: ServiceAccount, keyDigest: [UInt8]) async throws(DomainError)
  func serviceAccount(
    _ id: ServiceAccountID, in scope: TenantScope
  ) async throws(DomainError) -> ServiceAccount?
  /// By name.
  func serviceAccounts(
    _ organization: OrganizationID, page: PageRequest
  ) async throws(DomainError) -> Page<ServiceAccount>
  /// Revoking a revoked one changes nothing; nil if there is none.
  func revoke(
    _ id: ServiceAccountID, in scope: TenantScope, now: Instant
  ) async throws(DomainError) -> ServiceAccount?
}
