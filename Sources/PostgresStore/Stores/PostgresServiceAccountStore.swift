package import Domain

/// Service accounts in PostgreSQL.
package struct PostgresServiceAccountStore: ServiceAccountStore {
  let database: PostgresDatabase

  package func insert(_ account: ServiceAccount, keyDigest: [UInt8]) async throws(DomainError) {
    _ = try await database.write(
      .insertServiceAccount,
      Parameters {
        $0.add(account.id)
        $0.add(account.organization)
        $0.add(account.name)
        $0.add(account.role.rawValue)
        $0.add(keyDigest)
        $0.add(account.createdAt)
        $0.add(account.expiresAt)
        $0.add(account.revokedAt)
      },
      refusing: { constraint in
        switch constraint {
        case "service_accounts_name_unique":
          .alreadyExists(kind: "service account", name: account.name)
        case "service_accounts_id_unique":
          .alreadyExists(kind: "service account", name: account.id.description)
        case "service_accounts_key_unique":
          .alreadyExists(kind: "service account", name: "of this key")
        case "service_accounts_organization":
          .notFound(kind: "organization", name: account.organization.description)
        default: nil
        }
      })
  }

  package func serviceAccount(
    _ id: ServiceAccountID, in scope: TenantScope
  ) async throws(DomainError) -> ServiceAccount? {
    let result = try await database.read(
      .serviceAccount,
      Parameters {
        $0.add(id)
        $0.add(scope)
      })
    return try result.first(ServiceAccount.init(row:))
  }

  package func serviceAccounts(
    _ organization: OrganizationID, page: PageRequest
  ) async throws(DomainError) -> Page<ServiceAccount> {
    let after = try page.name(of: .serviceAccounts)
    let result = try await database.read(
      .serviceAccounts,
      Parameters {
        $0.add(organization)
        $0.add(after)
        $0.add(page.fetchCount)
      })
    return page.page(try result.map(ServiceAccount.init(row:))) {
      PageToken(.serviceAccounts).appending($0.name)
    }
  }

  package func revoke(
    _ id: ServiceAccountID, in scope: TenantScope, now: Instant
  ) async throws(DomainError) -> ServiceAccount? {
    let result = try await database.write(
      .revokeServiceAccount,
      Parameters {
        $0.add(id)
        $0.add(scope)
        $0.add(now)
      })
    return try result.first(ServiceAccount.init(row:))
  }
}

extension ServiceAccount {
  static let columns = """
    a.id, a.organization_id, a.name, a.role, a.revoked_at, a.created_at, a.expires_at
    """

  init(row: inout Row) throws(DomainError) {
    self.init(
      id: try row.id(), organization: try row.id(), name: try row.text(), role: try row.role(),
      revokedAt: try row.instantOrNull(), createdAt: try row.instant(),
      expiresAt: try row.instant())
  }
}

extension Statement {
  fileprivate static let insertServiceAccount = Statement(
    "insert_service_account",
    """
    INSERT INTO service_accounts (
      id, organization_id, name, role, key_digest, created_at, expires_at, revoked_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    """)

  fileprivate static let serviceAccount = Statement(
    "service_account",
    """
    SELECT \(ServiceAccount.columns) FROM service_accounts a
    WHERE a.id = $1 AND ($2::uuid[] IS NULL OR a.organization_id = ANY ($2::uuid[]))
    """)

  fileprivate static let serviceAccounts = Statement(
    "service_accounts",
    """
    SELECT \(ServiceAccount.columns) FROM service_accounts a
    WHERE a.organization_id = $1 AND a.name > $2 ORDER BY a.name LIMIT $3::int
    """)

  fileprivate static let revokeServiceAccount = Statement(
    "revoke_service_account",
    """
    UPDATE service_accounts a SET revoked_at = coalesce(a.revoked_at, $3::timestamptz)
    WHERE a.id = $1 AND ($2::uuid[] IS NULL OR a.organization_id = ANY ($2::uuid[]))
    RETURNING \(ServiceAccount.columns)
    """)
}
