internal import Domain
internal import PostgresStore
internal import TestSupport
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct UserStoreTests {
  @Test(arguments: Way.allCases)
  func `a user that is stored is found by name and id with its hash`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store.users
      let user = Make.user("zoë-ünïcode")
      try await store.insert(user, passwordHash: "$scrypt$ln=17$x")
      #expect(
        try await store.credentials(username: user.username)
          == StoredCredentials(user: user, passwordHash: "$scrypt$ln=17$x"))
      #expect(try await store.user(user.id) == user)
      #expect(try await store.credentials(username: "nobody") == nil)
      #expect(try await store.user(Make.id()) == nil)
    }
  }

  @Test func `of many who sign up with one name at once exactly one gets it`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store.users
      let outcomes = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<32 {
          group.addTask {
            do throws(DomainError) {
              try await store.insert(Make.user("taken"), passwordHash: "x")
              return true
            } catch {
              return error != .alreadyExists(kind: "user", name: "taken")
            }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0 } == 1)
      let rows = try await fixture.database.query(
        "SELECT count(*) FROM users WHERE username = 'taken'")
      #expect(rows == [["1"]])
    }
  }

  @Test(arguments: Way.allCases)
  func `a listing shows members of the scope and the viewer, page by page`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let (organization, admin, invite) = try await store.makeOrganization()
      var expected = [admin.username]
      for index in 0..<7 {
        let member = try await store.makeUser("member-\(index)")
        _ = try await store.organizations.join(
          inviteDigest: invite, user: member.id, now: Make.now)
        expected.append(member.username)
      }
      let viewer = try await store.makeUser("viewer")
      _ = try await store.makeUser("outsider")
      let scope = TenantScope.organizations([organization.id])
      let listed = try await [User].everyPage(size: 3) {
        try await store.users.users(in: scope, including: viewer.id, page: $0)
      }
      #expect(listed.map(\.username) == (expected + ["viewer"]).sorted())
      let all = try await [User].everyPage(size: 2) {
        try await store.users.users(in: .all, including: nil, page: $0)
      }
      #expect(all.map(\.username) == (expected + ["viewer", "outsider"]).sorted())
    }
  }

  @Test func `a page token that the listing did not give is refused`() async throws {
    try await StoreFixture.with { fixture in
      for token in ["!", "AAAA", "AgAA", "AQ==", String(repeating: "A", count: 9_000)] {
        await #expect(throws: DomainError.self) {
          try await fixture.store.users.users(
            in: .all, including: nil, page: PageRequest(size: 1, token: token))
        }
      }
    }
  }

  @Test func `replicas that start at once make one SuperAdmin`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store.users
      let ids = try await withThrowingTaskGroup(of: UserID.self) { group in
        for _ in 0..<8 {
          group.addTask { try await store.ensureSuperAdmin(Make.user()) }
        }
        return try await group.reduce(into: Set<UserID>()) { $0.insert($1) }
      }
      #expect(ids.count == 1)
      #expect(
        try await fixture.database.query("SELECT count(*) FROM users WHERE is_super_admin")
          == [["1"]])
      let digest = Make.digest()
      try await store.insertKey(digest: digest, user: ids.first!)
      let principal = try await fixture.store.access.principal(apiKeyDigest: digest, now: Make.now)
      #expect(principal?.identity == .user(ids.first!))
      #expect(principal?.isSuperAdmin == true)
    }
  }

  @Test func `a refresh token is used once, and using it again ends its login`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store.users
      let user = try await fixture.store.makeUser()
      let later = Make.now + .seconds(60)
      let (first, second, third, other) = (
        Make.digest(), Make.digest(), Make.digest(), Make.digest()
      )
      try await store.insert(
        RefreshToken(digest: first, user: user.id, login: 7, expiresAt: later))
      try await store.insert(
        RefreshToken(digest: other, user: user.id, login: 8, expiresAt: later))
      func rotate(_ digest: [UInt8], _ successor: [UInt8], at now: Instant = Make.now)
        async throws -> RefreshOutcome
      {
        try await store.rotateRefreshToken(
          digest: digest, successor: successor, now: now, successorExpiresAt: later)
      }
      #expect(try await rotate(first, second) == .rotated(user.id))
      #expect(try await rotate(first, Make.digest()) == .reused)
      #expect(try await rotate(second, third) == .unknownOrExpired)
      #expect(try await rotate(Make.digest(), Make.digest()) == .unknownOrExpired)
      #expect(try await rotate(other, Make.digest(), at: later) == .unknownOrExpired)
      #expect(try await rotate(other, Make.digest()) == .rotated(user.id))
    }
  }

  @Test func `of many who use one refresh token at once at most one gets a successor`() async throws
  {
    try await StoreFixture.with { fixture in
      let store = fixture.store.users
      let user = try await fixture.store.makeUser()
      let later = Make.now + .seconds(60)
      let digest = Make.digest()
      try await store.insert(
        RefreshToken(digest: digest, user: user.id, login: 1, expiresAt: later))
      let outcomes = try await withThrowingTaskGroup(of: RefreshOutcome.self) { group in
        for _ in 0..<16 {
          group.addTask {
            try await store.rotateRefreshToken(
              digest: digest, successor: Make.digest(), now: Make.now, successorExpiresAt: later)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0 == .rotated(user.id) } == 1)
      #expect(outcomes.count { $0 == .reused } == 15)
      // The login has ended: nothing of it is left to use.
      #expect(
        try await fixture.database.query(
          "SELECT count(*) FROM refresh_tokens WHERE used_at IS NULL AND ended_at IS NULL")
          == [["0"]])
    }
  }
}
