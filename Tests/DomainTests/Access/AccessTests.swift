import Domain
import Testing

@Suite struct AccessTests {
  @Test func `without a token nobody is there`() async throws {
    #expect(try await Platform().access.authenticate(bearer: nil) == nil)
  }

  @Test(
    arguments: [
      "", "nonsense", "berth_key_", "berth_agent_", "berth_key_short",
      "berth_key_" + String(repeating: "0", count: 52),
      "berth_agent_" + String(repeating: "0", count: 52),
      String(repeating: "x", count: 100_000),
    ])
  func `a token that does not hold is refused`(bearer: String) async {
    let platform = Platform()
    let error = await failure { try await platform.access.authenticate(bearer: bearer) }
    #expect(error?.isUnauthenticated == true)
  }

  @Test func `a token of the wrong form costs no question to the store`() async {
    let platform = Platform()
    for bearer in ["berth_key_short", "berth_agent_" + String(repeating: "U", count: 52)] {
      _ = await failure { try await platform.access.authenticate(bearer: bearer) }
    }
    #expect(platform.database.with { $0.reads } == 0)
  }

  @Test func `an access token names its user, with its memberships and its end`() async throws {
    let acme = try await Platform.acme()
    let principal = try await acme.platform.access.authenticate(bearer: acme.ada)
    #expect(principal?.identity == .user(try await acme.platform.userID("ada")))
    #expect(principal?.memberships == [acme.id: .admin])
    #expect(principal?.expiresAt == acme.platform.clock.now() + .seconds(30 * 60))
  }

  @Test func `a second call does not ask the store, one after the lifetime does`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    _ = try await platform.grant("OrganizationService/ListOrganizations", acme.ada)
    let reads = platform.database.with { $0.reads }
    for _ in 0..<10 {
      _ = try await platform.grant("OrganizationService/ListOrganizations", acme.ada)
    }
    #expect(platform.database.with { $0.reads } == reads)
    platform.clock.advance(by: DomainLimits.accessCacheLifetime)
    _ = try await platform.grant("OrganizationService/ListOrganizations", acme.ada)
    #expect(platform.database.with { $0.reads } == reads + 2)
  }

  @Test func `an access token ends on time, though its principal is cached`() async throws {
    let platform = Platform(lifetimes: TokenLifetimes(access: .seconds(60)))
    let ada = try await platform.person("ada")
    platform.clock.advance(by: .seconds(59))
    #expect(try await platform.access.authenticate(bearer: ada) != nil)
    platform.clock.advance(by: .seconds(1))
    let error = await failure { try await platform.access.authenticate(bearer: ada) }
    #expect(error?.isUnauthenticated == true)
  }

  @Test func `a user who is gone is not authenticated by a token that still holds`() async throws {
    let platform = Platform()
    let ada = try await platform.person("ada")
    let id = try await platform.userID("ada")
    platform.database.with { $0.users[id] = nil }
    let error = await failure { try await platform.access.authenticate(bearer: ada) }
    #expect(error?.isUnauthenticated == true)
  }

  @Test func `what another replica changes is forgotten when it is told`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let other = Access(
      store: platform.database, signer: platform.signer, digest: FoldingDigest(),
      clock: platform.clock, broadcast: platform.broadcast)
    #expect(try await other.authenticate(bearer: acme.ada)?.memberships[acme.id] == .admin)
    let following = Task { await other.followInvalidations() }
    let ada = try await platform.userID("ada")
    platform.database.with { $0.members[acme.id]?[ada]?.role = .viewer }
    #expect(try await other.authenticate(bearer: acme.ada)?.memberships[acme.id] == .admin)
    // Told until it listens: the subscription is made by the task.
    while try await other.authenticate(bearer: acme.ada)?.memberships[acme.id] == .admin {
      platform.access.changed(ada)
      await Task.yield()
    }
    #expect(try await other.authenticate(bearer: acme.ada)?.memberships[acme.id] == .viewer)
    platform.broadcast.end()
    await following.value
  }

  @Test func `a subscription made anew forgets everything, as notices may have been missed`()
    async throws
  {
    let platform = Platform()
    let ada = try await platform.person("ada")
    let following = Task { await platform.access.followInvalidations() }
    _ = try await platform.access.authenticate(bearer: ada)
    let id = try await platform.userID("ada")
    platform.database.with { $0.users[id] = nil }
    while await failure(of: { try await platform.access.authenticate(bearer: ada) }) == nil {
      platform.broadcast.publish(.connected)
      await Task.yield()
    }
    platform.broadcast.end()
    await following.value
  }

  @Test func `a change while its principal is being read does not leave the old one cached`()
    async throws
  {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let ada = try await platform.userID("ada")
    platform.access.invalidate("*")
    platform.database.onNextRead {
      platform.database.with { $0.members[acme.id]?[ada]?.role = .viewer }
      platform.access.changed(ada)
    }
    #expect(
      try await platform.access.authenticate(bearer: acme.ada)?.memberships[acme.id] == .admin)
    #expect(
      try await platform.access.authenticate(bearer: acme.ada)?.memberships[acme.id] == .viewer)
  }

  @Test func `a failure of the store is told and not remembered`() async throws {
    let platform = Platform()
    let ada = try await platform.person("ada")
    let away = DomainError.unavailable("PostgreSQL is away", after: .seconds(1))
    platform.database.with { $0.failure = away }
    #expect(await failure { try await platform.access.authenticate(bearer: ada) } == away)
    #expect(try await platform.access.authenticate(bearer: ada) != nil)
  }

  @Test func `credentials that do not hold do not stop a call that anyone may make`() async throws {
    let platform = Platform()
    let grant = try await platform.grant("UserService/Login", "expired")
    #expect(grant.principal == nil)
    let error = await failure { try await platform.grant("UserService/WhoAmI", "expired") }
    #expect(error?.isUnauthenticated == true)
  }

  @Test func `a method that has no rule is refused, also to the SuperAdmin`() async throws {
    let platform = Platform()
    let root = try await platform.superAdmin()
    for bearer in [nil, root] {
      let error = await failure { try await platform.grant("AdminService/DropTables", bearer) }
      #expect(error?.isPermissionDenied == true)
    }
  }

  @Test func `a stored rule that is taken away ends what it let, within the cache's lifetime`()
    async throws
  {
    let acme = try await Platform.acme()
    let method = "ClusterService/ListClusters"
    _ = try await acme.platform.grant(method, acme.ada)
    acme.platform.database.with { $0.rules["berth.v1.\(method)"] = nil }
    acme.platform.clock.advance(by: DomainLimits.accessCacheLifetime)
    let error = await failure { try await acme.platform.grant(method, acme.ada) }
    #expect(error?.isPermissionDenied == true)
  }

  @Test func `a SuperAdmin's key is let everywhere but where an agent is meant`() async throws {
    let platform = Platform()
    let root = try await platform.superAdmin()
    for method in AccessRules.standard.keys where !method.hasPrefix("berth.v1.AgentService") {
      _ = try await platform.access.authorize(method: method, bearer: root)
    }
    let error = await failure { try await platform.grant("AgentService/Attach", root) }
    #expect(error?.isPermissionDenied == true)
  }

  @Test func `an agent may attach and ask who it is, and has no organization`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let cluster = try await platform.cluster("c1", in: acme.id, by: acme.ada)
    let token = try await platform.clusters.createAgentToken(
      try await platform.grant("ClusterService/CreateAgentToken", acme.ada),
      clusterID: cluster.id.description)
    let grant = try await platform.grant("AgentService/Attach", token)
    #expect(try grant.agentCluster() == cluster.id)
    for (method, rule) in AccessRules.standard {
      let error = await failure {
        let grant = try await platform.access.authorize(method: method, bearer: token)
        // Only what anyone may call, and what looks at the caller's own, which is nothing.
        #expect(grant.scope == .organizations([]))
      }
      switch rule {
      case .roles, .superAdmin: #expect(error?.isPermissionDenied == true, "\(method)")
      case .anyone, .authenticated, .agent: #expect(error == nil, "\(method)")
      }
    }
  }
}
