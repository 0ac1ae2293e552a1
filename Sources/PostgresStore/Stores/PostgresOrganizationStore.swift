package import Domain

/// Organizations, invite codes and memberships in PostgreSQL.
package struct PostgresOrganizationStore: OrganizationStore {
  let database: PostgresDatabase

  package func insert(
    _ organization: Organization, creator: UserID, inviteDigest: [UInt8], inviteRole: Role
  ) async throws(DomainError) {
    _ = try await database.write(
      .insertOrganization,
      Parameters {
        $0.add(organization.id)
        $0.add(organization.name)
        $0.add(organization.createdAt)
        $0.add(organization.updatedAt)
        $0.add(creator)
        $0.add(inviteDigest)
        $0.add(inviteRole.rawValue)
      },
      refusing: { constraint in
        switch constraint {
        case "organizations_name_unique":
          .alreadyExists(kind: "organization", name: organization.name)
        case "organizations_id_unique":
          .alreadyExists(kind: "organization", name: organization.id.description)
        case "memberships_user": .notFound(kind: "user", name: creator.description)
        case "invites_digest_unique": .alreadyExists(kind: "invite code", name: "of this digest")
        default: nil
        }
      })
  }

  package func join(
    inviteDigest: [UInt8], user: UserID, now: Instant
  ) async throws(DomainError) -> (organization: Organization, role: Role)? {
    let result = try await database.write(
      .join,
      Parameters {
        $0.add(inviteDigest)
        $0.add(user)
        $0.add(now)
      },
      refusing: { constraint in
        switch constraint {
        case "memberships_unique": .alreadyExists(kind: "member", name: user.description)
        case "memberships_user": .notFound(kind: "user", name: user.description)
        default: nil
        }
      })
    return try result.first { row throws(DomainError) in
      let organization = try Organization(row: &row)
      return (organization, try row.role())
    }
  }

  package func rotateInvite(
    _ organization: OrganizationID, digest: [UInt8], role: Role, now: Instant
  ) async throws(DomainError) {
    _ = try await database.write(
      .rotateInvite,
      Parameters {
        $0.add(organization)
        $0.add(role.rawValue)
        $0.add(digest)
        $0.add(now)
      },
      refusing: { constraint in
        switch constraint {
        case "invites_organization":
          .notFound(kind: "organization", name: organization.description)
        case "invites_digest_unique": .alreadyExists(kind: "invite code", name: "of this digest")
        default: nil
        }
      })
  }

  package func organization(_ id: OrganizationID) async throws(DomainError) -> Organization? {
    try await database.read(.organization, Parameters { $0.add(id) }).first(Organization.init(row:))
  }

  package func organizations(
    in scope: TenantScope, page: PageRequest
  ) async throws(DomainError) -> Page<Organization> {
    let after = try page.name(of: .organizations)
    let result = try await database.read(
      scope == .all ? .allOrganizations : .organizations,
      Parameters {
        $0.add(after)
        $0.add(page.fetchCount)
        if scope != .all { $0.add(scope) }
      })
    return page.page(try result.map(Organization.init(row:))) {
      PageToken(.organizations).appending($0.name)
    }
  }

  package func members(
    _ organization: OrganizationID, page: PageRequest
  ) async throws(DomainError) -> Page<Member> {
    let after = try page.name(of: .members)
    let result = try await database.read(
      .members,
      Parameters {
        $0.add(organization)
        $0.add(after)
        $0.add(page.fetchCount)
      })
    return page.page(try result.map(Member.init(row:))) {
      PageToken(.members).appending($0.username)
    }
  }

  package func setRole(
    _ organization: OrganizationID, user: UserID, role: Role, now: Instant
  ) async throws(DomainError) -> Member? {
    // The lock is a statement of its own: the next one sees what its last holder committed.
    let results = try await database.transaction([
      (.lockOrganization, Parameters { $0.add(organization) }),
      (
        .setRole,
        Parameters {
          $0.add(organization)
          $0.add(user)
          $0.add(role.rawValue)
        }
      ),
    ])
    return try results[1].first { row throws(DomainError) in
      if try !row.flag() { throw Self.lastAdmin }
      return try Member(row: &row)
    }
  }

  package func removeMember(
    _ organization: OrganizationID, user: UserID
  ) async throws(DomainError) -> Bool {
    let results = try await database.transaction([
      (.lockOrganization, Parameters { $0.add(organization) }),
      (
        .removeMember,
        Parameters {
          $0.add(organization)
          $0.add(user)
        }
      ),
    ])
    let isRemoved = try results[1].first { row throws(DomainError) in try row.flag() }
    if isRemoved == false { throw Self.lastAdmin }
    return isRemoved == true
  }

  private static let lastAdmin = DomainError.failedPrecondition(
    "the organization would be left without an admin: make another member admin first")
}

extension Organization {
  static let columns = "o.id, o.name, o.created_at, o.updated_at"

  init(row: inout Row) throws(DomainError) {
    self.init(
      id: try row.id(), name: try row.text(), createdAt: try row.instant(),
      updatedAt: try row.instant())
  }
}

extension Member {
  static let columns = """
    m.organization_id, m.user_id, u.username, u.display_name, m.role, m.joined_at
    """

  init(row: inout Row) throws(DomainError) {
    self.init(
      organization: try row.id(), user: try row.id(), username: try row.text(),
      displayName: try row.text(), role: try row.role(), joinedAt: try row.instant())
  }
}

extension Row {
  mutating func role() throws(DomainError) -> Role {
    let text = try text()
    guard let role = Role(rawValue: text) else { throw .internal("no such role: \(text)") }
    return role
  }
}

extension Statement {
  fileprivate static let insertOrganization = Statement(
    "insert_organization",
    """
    WITH made AS (
      INSERT INTO organizations (id, name, created_at, updated_at)
      VALUES ($1, $2, $3::timestamptz, $4) RETURNING id
    ), invited AS (
      INSERT INTO invites (organization_id, role, digest, created_at)
      SELECT id, $7, $6::bytea, $3::timestamptz FROM made
    )
    INSERT INTO memberships (organization_id, user_id, role, joined_at)
    SELECT id, $5::uuid, 'admin', $3::timestamptz FROM made
    """)

  fileprivate static let join = Statement(
    "join",
    """
    WITH joined AS (
      INSERT INTO memberships (organization_id, user_id, role, joined_at)
      SELECT i.organization_id, $2::uuid, i.role, $3::timestamptz FROM invites i WHERE i.digest = $1
      RETURNING organization_id, role
    )
    SELECT \(Organization.columns), j.role
    FROM joined j JOIN organizations o ON o.id = j.organization_id
    """)

  fileprivate static let rotateInvite = Statement(
    "rotate_invite",
    """
    INSERT INTO invites (organization_id, role, digest, created_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT ON CONSTRAINT invites_unique
    DO UPDATE SET digest = excluded.digest, created_at = excluded.created_at
    """)

  fileprivate static let organization = Statement(
    "organization", "SELECT \(Organization.columns) FROM organizations o WHERE o.id = $1")

  fileprivate static let allOrganizations = Statement(
    "all_organizations",
    """
    SELECT \(Organization.columns) FROM organizations o
    WHERE o.name > $1 ORDER BY o.name LIMIT $2::int
    """)

  fileprivate static let organizations = Statement(
    "organizations",
    """
    SELECT \(Organization.columns) FROM organizations o
    WHERE o.name > $1 AND o.id = ANY ($3::uuid[]) ORDER BY o.name LIMIT $2::int
    """)

  fileprivate static let members = Statement(
    "members",
    """
    SELECT \(Member.columns) FROM memberships m JOIN users u ON u.id = m.user_id
    WHERE m.organization_id = $1 AND u.username > $2 ORDER BY u.username LIMIT $3::int
    """)

  fileprivate static let lockOrganization = Statement(
    "lock_organization", "SELECT id FROM organizations WHERE id = $1 FOR NO KEY UPDATE")

  fileprivate static let setRole = Statement(
    "set_role",
    """
    WITH changed AS (
      UPDATE memberships m SET role = $3
      WHERE m.organization_id = $1 AND m.user_id = $2 AND ($3 = 'admin' OR EXISTS (
        SELECT FROM memberships other WHERE other.organization_id = $1
          AND other.role = 'admin' AND other.user_id <> $2))
      RETURNING m.role
    )
    SELECT c.role IS NOT NULL, m.organization_id, m.user_id, u.username, u.display_name,
      coalesce(c.role, m.role), m.joined_at
    FROM memberships m JOIN users u ON u.id = m.user_id LEFT JOIN changed c ON true
    WHERE m.organization_id = $1 AND m.user_id = $2
    """)

  fileprivate static let removeMember = Statement(
    "remove_member",
    """
    WITH removed AS (
      DELETE FROM memberships m
      WHERE m.organization_id = $1 AND m.user_id = $2 AND EXISTS (
        SELECT FROM memberships other WHERE other.organization_id = $1
          AND other.role = 'admin' AND other.user_id <> $2)
      RETURNING m.user_id
    )
    SELECT EXISTS (SELECT FROM removed)
    FROM memberships m WHERE m.organization_id = $1 AND m.user_id = $2
    """)
}
