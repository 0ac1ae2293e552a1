import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// One test for each fault that a public implementation of the same specification was found to
  /// have. A test's name begins with the fault's number.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct KnownFaultTests {
    let shared: SharedStack
    var stack: Stack { shared.stack }
    var alice: Caller { shared.alice.caller }
    var mallory: Caller { shared.mallory.caller }
    var tenant: Tenant { shared.tenant }

    init() throws { shared = try SharedStack.current() }
  }
}

// MARK: - Organizations and tenancy

extension EndToEnd.OnOneStack.KnownFaultTests {
  @Test
  func `fault 1: an outsider sees no organization, and a code is shown once and stored hashed`()
    async throws
  {
    let code = tenant.inviteCode
    let bits = code.filter { $0 != "-" }
    #expect(bits.count == 26, "128 bits in base 32")

    let seen = try await mallory.organizations.listOrganizations(ListOrganizationsRequest())
    #expect(seen.organizations.map(\.id) == [shared.otherTenant.id])
    let own = try await alice.organizations.listOrganizations(ListOrganizationsRequest())
    #expect(own.organizations.map(\.id).contains(tenant.id))
    #expect(!own.jsonString().contains(bits) && !own.jsonString().contains(code))

    let tables = ["organizations", "invites", "memberships"]
    for table in tables {
      let rows = try await stack.database.query("SELECT lower(t::text) FROM \(table) t")
      #expect(!rows.isEmpty)
      let hexadecimal = bits.utf8.map { String($0, radix: 16) }.joined()
      for text in [code.lowercased(), bits.lowercased(), hexadecimal] {
        #expect(!rows.contains { $0[0].contains(text) }, "\(table) holds the code")
      }
    }
    let digests = try await stack.database.query("SELECT DISTINCT length(digest) FROM invites")
    #expect(digests == [["32"]])
  }

  @Test func `fault 2: joining enrols the caller and nobody else`() async throws {
    let fields = JoinOrganizationRequest.descriptor.fields.map(\.name)
    #expect(fields == ["invite_code"], "there is no field that could name somebody else")

    let guest = try await stack.signUp()
    let joined = try await guest.caller.organizations.joinOrganization(
      JoinOrganizationRequest(inviteCode: tenant.inviteCode))
    #expect(joined.organization?.id == tenant.id && joined.role == "developer")
    let members = try await alice.organizations.listMembers(
      ListMembersRequest(organizationID: tenant.id))
    let added = members.members.filter { $0.userID != shared.alice.id }
    #expect(added.contains { $0.userID == guest.id && $0.role == "developer" })
    #expect(!added.contains { $0.userID == shared.mallory.id })

    await expectRefusal(.notFound, "a code that nobody gave") { () async throws(RPCStatus) in
      try await mallory.organizations.joinOrganization(
        JoinOrganizationRequest(inviteCode: "0" + String(repeating: "Z", count: 25)))
    }
  }

  @Test func `fault 3: an outsider cannot deploy into an organization`() async throws {
    let cluster = try await alice.createCluster(in: tenant.id)
    let mallory = mallory
    let tenant = tenant
    await expectRefusal(.notFound) { () async throws(RPCStatus) in
      try await mallory.deploy(to: cluster.id)
    }
    await expectRefusal(.notFound) { () async throws(RPCStatus) in
      try await mallory.deploy(in: tenant.id)
    }
    let other = shared.otherTenant.id
    await expectRefusal(.notFound, "its own organization, another's cluster") {
      () async throws(RPCStatus) in try await mallory.deploy(to: cluster.id, in: other)
    }
    #expect(
      try await alice.allDeployments(ListDeploymentsRequest(clusterID: cluster.id)).isEmpty)
  }

  @Test func `fault 4: an outsider cannot create a cluster in an organization`() async throws {
    let (mallory, tenant) = (mallory, tenant)
    await expectRefusal(.notFound) { () async throws(RPCStatus) in
      try await mallory.clusters.createCluster(
        CreateClusterRequest(
          organizationID: tenant.id, name: "intruder",
          capacity: Resources(cpuMillis: 1_000, memoryBytes: 1 << 30)))
    }
    let clusters = try await alice.clusters.listClusters(
      ListClustersRequest(organizationID: tenant.id, namePrefix: "intruder"))
    #expect(clusters.clusters.isEmpty)
  }

  @Test func `fault 5: an outsider cannot resize, read or staff a cluster`() async throws {
    let cluster = try await alice.createCluster(in: tenant.id, cpu: 2_000)
    let mallory = mallory.clusters
    await expectRefusal(.notFound) { () async throws(RPCStatus) in
      try await mallory.updateCluster(UpdateClusterRequest(id: cluster.id, cpuMillis: 1))
    }
    await expectRefusal(.notFound) { () async throws(RPCStatus) in
      try await mallory.getCluster(GetClusterRequest(id: cluster.id))
    }
    await expectRefusal(.notFound) { () async throws(RPCStatus) in
      try await mallory.createAgentToken(CreateAgentTokenRequest(clusterID: cluster.id))
    }
    #expect(try await alice.cluster(cluster.id).capacity?.cpuMillis == 2_000)
  }

  @Test func `fault 6: an outsider cannot list an organization's members`() async throws {
    let (mallory, tenant) = (mallory, tenant)
    await expectRefusal(.notFound) { () async throws(RPCStatus) in
      try await mallory.organizations.listMembers(ListMembersRequest(organizationID: tenant.id))
    }
    await expectRefusal(.notFound) { () async throws(RPCStatus) in
      try await mallory.organizations.rotateInvite(
        RotateInviteRequest(organizationID: tenant.id))
    }
  }

  @Test func `fault 7: a user sees the users of its own organizations only`() async throws {
    let seen = try await mallory.users.listUsers(ListUsersRequest())
    #expect(seen.users.map(\.username) == [shared.mallory.username])
    let own = try await alice.users.listUsers(ListUsersRequest())
    #expect(own.users.contains { $0.id == shared.alice.id })
    #expect(!own.users.contains { $0.id == shared.mallory.id })
  }

  @Test func `fault 8: only a SuperAdmin may trigger or look at the scheduler`() async throws {
    for caller in [mallory, alice] {
      await expectRefusal(.permissionDenied) { () async throws(RPCStatus) in
        try await caller.admin.triggerScheduler(TriggerSchedulerRequest())
      }
      await expectRefusal(.permissionDenied) { () async throws(RPCStatus) in
        try await caller.admin.getScheduler(GetSchedulerRequest())
      }
    }
    _ = try await shared.superAdmin.admin.triggerScheduler(TriggerSchedulerRequest())
  }

  @Test func `fault 13: of many who sign up at once under one name one does`() async throws {
    let visitor = try await stack.connect()
    let name = UniqueName.make("u")
    let outcomes = await Race.run(3) { () async throws(RPCStatus) in
      _ = try await visitor.users.createUser(
        CreateUserRequest(username: name, password: "correct horse battery"))
    }
    #expect(outcomes == Race.oneWinner(of: 3))
    let count = try await stack.database.query(
      "SELECT count(*) FROM users WHERE username = '\(name)'")
    #expect(count == [["1"]])
  }

  @Test func `fault 14: of many clusters created at once under one name one is`() async throws {
    let (alice, tenant) = (alice, tenant)
    let name = UniqueName.make("race")
    let outcomes = await Race.run(16) { () async throws(RPCStatus) in
      _ = try await alice.clusters.createCluster(
        CreateClusterRequest(
          organizationID: tenant.id, name: name,
          capacity: Resources(cpuMillis: 1_000, memoryBytes: 1 << 30)))
    }
    #expect(outcomes == Race.oneWinner(of: 16))
  }

  @Test func `fault 15: of many joins of one user at once one enrols`() async throws {
    let guest = try await stack.signUp()
    let code = tenant.inviteCode
    let outcomes = await Race.run(16) { () async throws(RPCStatus) in
      _ = try await guest.caller.organizations.joinOrganization(
        JoinOrganizationRequest(inviteCode: code))
    }
    #expect(outcomes == Race.oneWinner(of: 16))
    let rows = try await stack.database.query(
      "SELECT count(*) FROM memberships WHERE user_id = '\(guest.id)'")
    #expect(rows == [["1"]])
  }
}
