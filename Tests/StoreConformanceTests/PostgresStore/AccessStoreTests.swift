internal import Domain
internal import PostgresStore
internal import TestSupport
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct AccessStoreTests {
  @Test(arguments: Way.allCases)
  func `a new database answers the standard rules, and migrating again changes none`(
    way: Way
  ) async throws {
    try await StoreFixture.with(way) { fixture in
      #expect(try await fixture.store.access.rules() == AccessRules.standard)
      let again = try await fixture.store.migrate()
      #expect(again.applied == [])
      #expect(try await fixture.store.access.rules() == AccessRules.standard)
    }
  }

  @Test func `what an operator changed stays, what is missing is added`() async throws {
    try await StoreFixture.with { fixture in
      let logs = "berth.v1.DeploymentService/Logs"
      let whoAmI = "berth.v1.UserService/WhoAmI"
      _ = try await fixture.database.query(
        """
        INSERT INTO policies (name, audience) VALUES ('logs', 'roles');
        INSERT INTO role_policies (role, policy) VALUES ('admin', 'logs');
        UPDATE resources SET policy = 'logs' WHERE method = '\(logs)';
        DELETE FROM role_policies WHERE policy = 'view' AND role = 'viewer';
        DELETE FROM resources WHERE method = '\(whoAmI)'
        """)
      _ = try await fixture.store.migrate()
      let rules = try await fixture.store.access.rules()
      #expect(rules[logs] == .roles([.admin]))
      #expect(rules[whoAmI] == .authenticated)
      #expect(rules["berth.v1.ClusterService/GetCluster"] == .roles([.admin, .developer]))
    }
  }

  @Test func `a user's principal holds its memberships`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let (first, admin, _) = try await store.makeOrganization()
      let (second, _, invite) = try await store.makeOrganization()
      _ = try await store.organizations.join(inviteDigest: invite, user: admin.id, now: Make.now)
      let principal = try await store.access.principal(user: admin.id)
      #expect(
        principal
          == Principal(
            identity: .user(admin.id), name: admin.username,
            memberships: [first.id: .admin, second.id: .developer]))
      let lonely = try await store.makeUser()
      #expect(try await store.access.principal(user: lonely.id)?.memberships == [:])
      #expect(try await store.access.principal(user: Make.id()) == nil)
    }
  }

  @Test(arguments: Way.allCases)
  func `a service account is known by its key until it expires or is revoked`(
    way: Way
  ) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let organization = try await store.makeOrganization().organization
      let digest = Make.digest()
      let expiry = Make.now + .seconds(100)
      let account = ServiceAccount(
        id: Make.id(), organization: organization.id, name: "ci", role: .viewer,
        createdAt: Make.now, expiresAt: expiry)
      try await store.serviceAccounts.insert(account, keyDigest: digest)
      #expect(
        try await store.access.principal(apiKeyDigest: digest, now: Make.now)
          == Principal(
            identity: .serviceAccount(account.id), name: "ci",
            memberships: [organization.id: .viewer], expiresAt: expiry))
      #expect(try await store.access.principal(apiKeyDigest: digest, now: expiry) == nil)
      let mine = TenantScope.organizations([organization.id])
      let foreign = TenantScope.organizations([Make.id()])
      #expect(
        try await store.serviceAccounts.revoke(account.id, in: foreign, now: Make.now) == nil)
      let revoked = try await store.serviceAccounts.revoke(account.id, in: mine, now: Make.now)
      #expect(revoked?.revokedAt == Make.now)
      let again = try await store.serviceAccounts.revoke(account.id, in: mine, now: expiry)
      #expect(again?.revokedAt == Make.now)
      #expect(try await store.access.principal(apiKeyDigest: digest, now: Make.now) == nil)
      #expect(
        try await store.serviceAccounts.serviceAccount(account.id, in: mine) == revoked)
      #expect(try await store.serviceAccounts.serviceAccount(account.id, in: foreign) == nil)
      await #expect(throws: DomainError.alreadyExists(kind: "service account", name: "ci")) {
        try await store.serviceAccounts.insert(
          ServiceAccount(
            id: Make.id(), organization: organization.id, name: "ci", role: .viewer,
            createdAt: Make.now, expiresAt: expiry), keyDigest: Make.digest())
      }
    }
  }

  @Test func `service accounts are listed by name, page by page`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let organization = try await store.makeOrganization().organization
      for name in ["d", "a", "c", "b", "e"] {
        try await store.serviceAccounts.insert(
          ServiceAccount(
            id: Make.id(), organization: organization.id, name: name, role: .developer,
            createdAt: Make.now, expiresAt: Make.now), keyDigest: Make.digest())
      }
      let listed = try await [ServiceAccount].everyPage(size: 2) {
        try await store.serviceAccounts.serviceAccounts(organization.id, page: $0)
      }
      #expect(listed.map(\.name) == ["a", "b", "c", "d", "e"])
    }
  }
}
