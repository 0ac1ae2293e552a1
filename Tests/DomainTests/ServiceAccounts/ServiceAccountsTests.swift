import Domain
import Testing

@Suite struct ServiceAccountsTests {
  func make(
    _ acme: Acme, name: String = "ci", role: String = "", by bearer: String? = nil,
    timeToLive: Duration? = nil
  ) async throws -> (account: ServiceAccount, apiKey: String) {
    try await acme.platform.accounts.create(
      try await acme.platform.grant(
        "ServiceAccountService/CreateServiceAccount", bearer ?? acme.ada),
      organizationID: acme.id.description, name: name, role: role, timeToLive: timeToLive)
  }

  @Test func `an account calls by its key, with its role, in its organization`() async throws {
    let acme = try await Platform.acme()
    let made = try await make(acme)
    #expect(made.account.role == .developer)
    #expect(made.account.expiresAt == acme.platform.clock.now() + .seconds(90 * 86_400))
    let principal = try await acme.platform.access.authenticate(bearer: made.apiKey)
    #expect(principal?.identity == .serviceAccount(made.account.id))
    #expect(principal?.memberships == [acme.id: .developer])
    #expect(made.apiKey.hasPrefix("berth_key_"))
    let kept = acme.platform.database.with { Array($0.accountKeys.keys) }
    #expect(kept == [FoldingDigest().digest(made.apiKey)])
  }

  @Test func `a key ends on time, though its principal is cached`() async throws {
    let acme = try await Platform.acme()
    let made = try await make(acme, timeToLive: .seconds(60))
    let clock = acme.platform.clock
    clock.advance(by: .seconds(58))
    #expect(try await acme.platform.access.authenticate(bearer: made.apiKey) != nil)
    clock.advance(by: .milliseconds(1_999))
    #expect(try await acme.platform.access.authenticate(bearer: made.apiKey) != nil)
    clock.advance(by: .milliseconds(1))
    let error = await failure {
      try await acme.platform.access.authenticate(bearer: made.apiKey)
    }
    #expect(error?.isUnauthenticated == true)
  }

  @Test func `a revoked key holds no more from the next call on`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let made = try await make(acme)
    _ = try await platform.access.authenticate(bearer: made.apiKey)
    platform.broadcast.forget()
    let grant = try await platform.grant("ServiceAccountService/RevokeServiceAccount", acme.ada)
    let revoked = try await platform.accounts.revoke(grant, id: made.account.id.description)
    #expect(revoked.revokedAt == platform.clock.now())
    #expect(platform.broadcast.told == [.accessChanged(made.account.id.description)])
    let error = await failure { try await platform.access.authenticate(bearer: made.apiKey) }
    #expect(error?.isUnauthenticated == true)
    platform.clock.advance(by: .seconds(9))
    let again = try await platform.accounts.revoke(
      try await platform.grant("ServiceAccountService/RevokeServiceAccount", acme.ada),
      id: made.account.id.description)
    #expect(again == revoked)
  }

  @Test func `a name is used once in an organization`() async throws {
    let acme = try await Platform.acme()
    _ = try await make(acme)
    let error = await failure { try await make(acme) }
    #expect(error == .alreadyExists(kind: "service account", name: "ci"))
  }

  @Test(
    arguments: [
      Duration.zero, .seconds(59), .seconds(-1), .seconds(366 * 86_400 + 1), .seconds(Int64.max),
    ])
  func `an account lives 1 minute to 366 days`(timeToLive: Duration) async throws {
    let acme = try await Platform.acme()
    #expect(
      await refusedFields {
        try await make(acme, name: " ", role: "owner", timeToLive: timeToLive)
      } == ["name", "role", "time_to_live"])
    _ = try await make(acme, timeToLive: .seconds(60))
    _ = try await make(acme, name: "other", timeToLive: .seconds(366 * 86_400))
  }

  @Test func `an account neither founds nor joins an organization`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let key = try await make(acme, role: "admin").apiKey
    let create = await failure { try await platform.organization("new", by: key) }
    #expect(create?.isPermissionDenied == true)
    let join = await failure {
      try await platform.organizations.join(
        try await platform.grant("OrganizationService/JoinOrganization", key),
        inviteCode: acme.inviteCode)
    }
    #expect(join?.isPermissionDenied == true)
  }

  @Test func `nobody makes an account above its own role, even where a rule lets it make one`()
    async throws
  {
    let acme = try await Platform.acme()
    let platform = acme.platform
    platform.database.with {
      $0.rules["berth.v1.ServiceAccountService/CreateServiceAccount"] =
        .roles([.admin, .developer])
    }
    platform.access.invalidate("*")
    let bob = try await platform.member("bob", of: acme.id, role: .developer, admin: acme.ada)
    let error = await failure { try await make(acme, role: "admin", by: bob) }
    #expect(error?.isPermissionDenied == true)
    _ = try await make(acme, name: "a", role: "developer", by: bob)
    _ = try await make(acme, name: "b", role: "viewer", by: bob)
  }

  @Test func `accounts are listed by name, revoked ones too, without any secret`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let second = try await make(acme, name: "b")
    _ = try await make(acme, name: "a")
    _ = try await platform.accounts.revoke(
      try await platform.grant("ServiceAccountService/RevokeServiceAccount", acme.ada),
      id: second.account.id.description)
    let page = try await platform.accounts.list(
      try await platform.grant("ServiceAccountService/ListServiceAccounts", acme.ada),
      organizationID: acme.id.description, page: RequestedPage())
    #expect(page.elements.map(\.name) == ["a", "b"])
    #expect(page.elements.map { $0.revokedAt != nil } == [false, true])
  }

  @Test func `an outsider finds no account, a member without the role may not`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let made = try await make(acme)
    let bob = try await platform.member("bob", of: acme.id, role: .developer, admin: acme.ada)
    let method = "ServiceAccountService/RevokeServiceAccount"
    let outsider = await failure {
      try await platform.accounts.revoke(
        try await platform.grant(method, acme.oscar), id: made.account.id.description)
    }
    #expect(outsider?.isNotFound == true)
    let member = await failure {
      try await platform.accounts.revoke(
        try await platform.grant(method, bob), id: made.account.id.description)
    }
    #expect(member?.isPermissionDenied == true)
    #expect(try await platform.access.authenticate(bearer: made.apiKey) != nil)
  }

  @Test func `an account of an organization that does not exist is refused`() async throws {
    let platform = Platform()
    let root = try await platform.superAdmin()
    let unknown = OrganizationID(9).description
    let error = await failure {
      try await platform.accounts.create(
        try await platform.grant("ServiceAccountService/CreateServiceAccount", root),
        organizationID: unknown, name: "ci")
    }
    #expect(error == .notFound(kind: "organization", name: unknown))
  }
}
