package import Domain

/// Users, their refresh tokens and API keys in PostgreSQL.
package struct PostgresUserStore: UserStore {
  let database: PostgresDatabase

  package func insert(_ user: User, passwordHash: String) async throws(DomainError) {
    _ = try await database.write(
      .insertUser, Parameters { $0.add(user, passwordHash: passwordHash) },
      refusing: { Self.refusal($0, user) })
  }

  private static func refusal(_ constraint: String, _ user: User) -> DomainError? {
    switch constraint {
    case "users_username_unique": .alreadyExists(kind: "user", name: user.username)
    case "users_id_unique": .alreadyExists(kind: "user", name: user.id.description)
    default: nil
    }
  }

  package func credentials(username: String) async throws(DomainError) -> StoredCredentials? {
    let result = try await database.read(.credentials, Parameters { $0.add(username) })
    return try result.first { row throws(DomainError) in
      let user = try User(row: &row)
      return StoredCredentials(user: user, passwordHash: try row.text())
    }
  }

  package func user(_ id: UserID) async throws(DomainError) -> User? {
    let result = try await database.read(.user, Parameters { $0.add(id) })
    return try result.first(User.init(row:))
  }

  package func users(
    in scope: TenantScope, including viewer: UserID?, page: PageRequest
  ) async throws(DomainError) -> Page<User> {
    let after = try page.name(of: .users)
    let result: QueryResult
    switch scope {
    case .all:
      result = try await database.read(
        .allUsers,
        Parameters {
          $0.add(after)
          $0.add(page.fetchCount)
        })
    case .organizations:
      result = try await database.read(
        .usersOfOrganizations,
        Parameters {
          $0.add(after)
          $0.add(page.fetchCount)
          $0.add(scope)
          $0.add(viewer)
        })
    }
    return page.page(try result.map(User.init(row:))) {
      PageToken(.users).appending($0.username)
    }
  }

  package func ensureSuperAdmin(_ user: User) async throws(DomainError) -> UserID {
    let results = try await database.transaction(
      [
        (.lockSuperAdmin, .none),
        (
          .ensureSuperAdmin,
          Parameters {
            $0.add(user.id)
            $0.add(user.username)
            $0.add(user.displayName)
            $0.add(user.createdAt)
          }
        ),
      ], refusing: { Self.refusal($0, user) })
    guard let id: UserID = try results[1].first({ row throws(DomainError) in try row.id() }) else {
      throw .internal("no SuperAdmin was found or made")
    }
    return id
  }

  package func insertKey(digest: [UInt8], user: UserID) async throws(DomainError) {
    _ = try await database.write(
      .insertUserKey,
      Parameters {
        $0.add(digest)
        $0.add(user)
      },
      refusing: { constraint in
        switch constraint {
        case "user_keys_user": .notFound(kind: "user", name: user.description)
        case "user_keys_digest_unique": .alreadyExists(kind: "key", name: "of this digest")
        default: nil
        }
      })
  }

  package func insert(_ token: RefreshToken) async throws(DomainError) {
    _ = try await database.write(
      .insertRefreshToken,
      Parameters {
        $0.add(token.digest)
        $0.add(token.user)
        $0.add(token.login.value)
        $0.add(token.expiresAt)
      },
      refusing: { constraint in
        switch constraint {
        case "refresh_tokens_user": .notFound(kind: "user", name: token.user.description)
        case "refresh_tokens_digest_unique":
          .alreadyExists(kind: "refresh token", name: "of this digest")
        default: nil
        }
      })
  }

  package func rotateRefreshToken(
    digest: [UInt8], successor: [UInt8], now: Instant, successorExpiresAt: Instant
  ) async throws(DomainError) -> RefreshOutcome {
    let rotated = try await database.write(
      .rotateRefreshToken,
      Parameters {
        $0.add(digest)
        $0.add(successor)
        $0.add(now)
        $0.add(successorExpiresAt)
      })
    if let user: UserID = try rotated.first({ row throws(DomainError) in try row.id() }) {
      return .rotated(user)
    }
    let ended = try await database.write(
      .endReusedLogin,
      Parameters {
        $0.add(digest)
        $0.add(now)
      })
    let isReused = try ended.first { row throws(DomainError) in try row.flag() }
    return isReused == true ? .reused : .unknownOrExpired
  }
}

extension Parameters {
  fileprivate mutating func add(_ user: User, passwordHash: String) {
    add(user.id)
    add(user.username)
    add(user.displayName)
    add(passwordHash)
    add(user.isSuperAdmin)
    add(user.createdAt)
    add(user.updatedAt)
  }
}

extension User {
  static let columns = """
    u.id, u.username, u.display_name, u.is_super_admin, u.created_at, u.updated_at
    """

  init(row: inout Row) throws(DomainError) {
    self.init(
      id: try row.id(), username: try row.text(), displayName: try row.text(),
      isSuperAdmin: try row.flag(), createdAt: try row.instant(), updatedAt: try row.instant())
  }
}

extension Statement {
  fileprivate static let insertUser = Statement(
    "insert_user",
    """
    INSERT INTO users (
      id, username, display_name, password_hash, is_super_admin, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    """)

  fileprivate static let credentials = Statement(
    "credentials",
    "SELECT \(User.columns), u.password_hash FROM users u WHERE u.username = $1")

  fileprivate static let user = Statement(
    "user", "SELECT \(User.columns) FROM users u WHERE u.id = $1")

  fileprivate static let allUsers = Statement(
    "all_users",
    "SELECT \(User.columns) FROM users u WHERE u.username > $1 ORDER BY u.username LIMIT $2::int")

  fileprivate static let usersOfOrganizations = Statement(
    "users_of_organizations",
    """
    SELECT \(User.columns) FROM users u
    WHERE u.username > $1 AND u.id IN (
      SELECT m.user_id FROM memberships m WHERE m.organization_id = ANY ($3::uuid[])
      UNION SELECT $4::uuid)
    ORDER BY u.username LIMIT $2::int
    """)

  /// Several replicas that start at once make one SuperAdmin. The number only has to be ours.
  fileprivate static let lockSuperAdmin = Statement(
    "lock_super_admin", "SELECT pg_advisory_xact_lock(7310588281349173)")

  fileprivate static let ensureSuperAdmin = Statement(
    "ensure_super_admin",
    """
    WITH existing AS (
      SELECT id FROM users WHERE is_super_admin ORDER BY created_at, id LIMIT 1
    ), made AS (
      INSERT INTO users (
        id, username, display_name, password_hash, is_super_admin, created_at, updated_at)
      SELECT $1::uuid, $2::text, $3::text, '', true, $4::timestamptz, $4::timestamptz
      WHERE NOT EXISTS (SELECT FROM existing)
      RETURNING id
    )
    SELECT id FROM existing UNION ALL SELECT id FROM made
    """)

  fileprivate static let insertUserKey = Statement(
    "insert_user_key", "INSERT INTO user_keys (digest, user_id) VALUES ($1, $2)")

  fileprivate static let insertRefreshToken = Statement(
    "insert_refresh_token",
    "INSERT INTO refresh_tokens (digest, user_id, login, expires_at) VALUES ($1, $2, $3, $4)")

  /// A login that was ended while its newest token was being made is over for that one too.
  fileprivate static let rotateRefreshToken = Statement(
    "rotate_refresh_token",
    """
    WITH used AS (
      UPDATE refresh_tokens t SET used_at = $3::timestamptz
      WHERE digest = $1 AND used_at IS NULL AND ended_at IS NULL AND expires_at > $3::timestamptz
        AND NOT EXISTS (
          SELECT FROM refresh_tokens e WHERE e.login = t.login AND e.ended_at IS NOT NULL)
      RETURNING user_id, login
    )
    INSERT INTO refresh_tokens (digest, user_id, login, expires_at)
    SELECT $2, user_id, login, $4 FROM used
    RETURNING user_id
    """)

  fileprivate static let endReusedLogin = Statement(
    "end_reused_login",
    """
    WITH known AS (
      SELECT login, used_at IS NOT NULL AS is_reused FROM refresh_tokens WHERE digest = $1
    ), ended AS (
      UPDATE refresh_tokens t SET ended_at = $2::timestamptz
      FROM known k WHERE k.is_reused AND t.login = k.login AND t.ended_at IS NULL
    )
    SELECT is_reused FROM known
    """)
}
