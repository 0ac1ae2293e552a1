package import Domain

/// Principals and rules in PostgreSQL.
package struct PostgresAccessStore: AccessStore {
  let database: PostgresDatabase

  package func principal(user: UserID) async throws(DomainError) -> Principal? {
    try await database.read(.principalOfUser, Parameters { $0.add(user) })
      .first(Principal.init(userRow:))
  }

  package func principal(
    apiKeyDigest: [UInt8], now: Instant
  ) async throws(DomainError) -> Principal? {
    let account = try await database.read(
      .principalOfServiceKey,
      Parameters {
        $0.add(apiKeyDigest)
        $0.add(now)
      })
    if let principal = try account.first(Principal.init(accountRow:)) { return principal }
    return try await database.read(.principalOfUserKey, Parameters { $0.add(apiKeyDigest) })
      .first(Principal.init(userRow:))
  }

  package func principal(agentTokenDigest: [UInt8]) async throws(DomainError) -> Principal? {
    let result = try await database.read(
      .principalOfAgent, Parameters { $0.add(agentTokenDigest) })
    return try result.first { row throws(DomainError) in
      Principal(identity: .agent(try row.id()), name: try row.text())
    }
  }

  package func rules() async throws(DomainError) -> [String: AccessRule] {
    let rows = try await database.read(.rules, .none).map {
      row throws(DomainError) -> (String, AccessRule) in
      let method = try row.text()
      return (method, try AccessRule(audience: try row.text(), roles: try row.texts()))
    }
    return Dictionary(rows) { first, _ in first }
  }
}

extension Principal {
  fileprivate init(userRow row: inout Row) throws(DomainError) {
    let id: UserID = try row.id()
    let name = try row.text()
    let isSuperAdmin = try row.flag()
    let organizations = try row.uuids()
    var memberships: [OrganizationID: Role] = [:]
    for (organization, role) in zip(organizations, try row.texts()) {
      memberships[OrganizationID(organization)] = Role(rawValue: role)
    }
    self.init(
      identity: .user(id), name: name, isSuperAdmin: isSuperAdmin, memberships: memberships)
  }

  fileprivate init(accountRow row: inout Row) throws(DomainError) {
    let id: ServiceAccountID = try row.id()
    let organization: OrganizationID = try row.id()
    self.init(
      identity: .serviceAccount(id), name: try row.text(),
      memberships: [organization: try row.role()], expiresAt: try row.instant())
  }
}

extension AccessRule {
  /// A role that this program does not know is no role of ours: nobody can have it.
  fileprivate init(audience: String, roles: [String]) throws(DomainError) {
    switch audience {
    case "anyone": self = .anyone
    case "authenticated": self = .authenticated
    case "roles": self = .roles(Set(roles.compactMap(Role.init(rawValue:))))
    case "super_admin": self = .superAdmin
    case "agent": self = .agent
    default: throw .internal("no such audience: \(audience)")
    }
  }
}

extension Statement {
  private static let userWithMemberships = """
    u.id, u.username, u.is_super_admin,
    coalesce(array_agg(m.organization_id) FILTER (WHERE m.user_id IS NOT NULL), '{}'),
    coalesce(array_agg(m.role::text) FILTER (WHERE m.user_id IS NOT NULL), '{}')
    """

  fileprivate static let principalOfUser = Statement(
    "principal_of_user",
    """
    SELECT \(userWithMemberships)
    FROM users u LEFT JOIN memberships m ON m.user_id = u.id WHERE u.id = $1 GROUP BY u.id
    """)

  fileprivate static let principalOfUserKey = Statement(
    "principal_of_user_key",
    """
    SELECT \(userWithMemberships)
    FROM user_keys k JOIN users u ON u.id = k.user_id LEFT JOIN memberships m ON m.user_id = u.id
    WHERE k.digest = $1 AND k.revoked_at IS NULL GROUP BY u.id
    """)

  fileprivate static let principalOfServiceKey = Statement(
    "principal_of_service_key",
    """
    SELECT a.id, a.organization_id, a.name, a.role, a.expires_at FROM service_accounts a
    WHERE a.key_digest = $1 AND a.revoked_at IS NULL AND a.expires_at > $2
    """)

  fileprivate static let principalOfAgent = Statement(
    "principal_of_agent",
    """
    SELECT c.id, c.name FROM agent_tokens t JOIN clusters c ON c.id = t.cluster_id
    WHERE t.digest = $1 AND t.revoked_at IS NULL
    """)

  fileprivate static let rules = Statement(
    "rules",
    """
    SELECT r.method, p.audience,
      ARRAY(SELECT rp.role::text FROM role_policies rp WHERE rp.policy = p.name)
    FROM resources r JOIN policies p ON p.name = r.policy
    """)
}
