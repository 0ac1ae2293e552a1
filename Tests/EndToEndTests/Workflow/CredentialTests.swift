import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// Tokens, keys and roles.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct CredentialTests {
    let shared: SharedStack
    var stack: Stack { shared.stack }

    init() throws { shared = try SharedStack.current() }

    @Test func `a refresh token is good once; a second use ends every token of its login`()
      async throws
    {
      let visitor = try await stack.connect()
      let login = try await visitor.users.login(
        LoginRequest(username: shared.alice.username, password: shared.alice.password))
      let first = try #require(login.tokens?.refreshToken)
      let second = try #require(
        try await visitor.users.refreshToken(RefreshTokenRequest(refreshToken: first)).tokens)
      #expect(second.refreshToken != first)
      let renewed = try await stack.connect(token: second.accessToken)
      #expect(try await renewed.users.whoAmI(WhoAmIRequest()).id == shared.alice.id)

      // A thief, or the owner after the theft, uses the first one again.
      await expectRefusal(.unauthenticated) { () async throws(RPCStatus) in
        try await visitor.users.refreshToken(RefreshTokenRequest(refreshToken: first))
      }
      await expectRefusal(.unauthenticated, "the successor is ended too") {
        () async throws(RPCStatus) in
        try await visitor.users.refreshToken(
          RefreshTokenRequest(refreshToken: second.refreshToken))
      }
      // Other logins go on.
      let other = try await visitor.users.refreshToken(
        RefreshTokenRequest(refreshToken: shared.mallory.tokens.refreshToken))
      #expect(other.tokens?.accessToken.isEmpty == false)
    }

    @Test func `of many who use one refresh token at once one gets tokens`() async throws {
      let person = try await stack.signUp()
      let visitor = try await stack.connect()
      let outcomes = await Race.run(8) { () async throws(RPCStatus) in
        _ = try await visitor.users.refreshToken(
          RefreshTokenRequest(refreshToken: person.tokens.refreshToken))
      }
      #expect(outcomes == [.ok: 1, .unauthenticated: 7])
    }

    @Test func `a wrong password and an unknown user are told apart by nothing`() async throws {
      let visitor = try await stack.connect()
      var refusals: [RPCStatus?] = []
      for name in [shared.alice.username, UniqueName.make("nobody")] {
        refusals.append(
          await expectRefusal(.unauthenticated) { () async throws(RPCStatus) in
            try await visitor.users.login(
              LoginRequest(username: name, password: "certainly not it"))
          })
      }
      #expect(refusals[0] == refusals[1])
    }

    @Test func `a password's rule is told by field`() async throws {
      let visitor = try await stack.connect()
      for password in ["", "short", "aaaaaaaaaaaaaa", String(repeating: "é", count: 257)] {
        await expectInvalid("password") { () async throws(RPCStatus) in
          try await visitor.users.createUser(
            CreateUserRequest(username: "valid.name", password: password))
        }
      }
      await expectInvalid("username", "password") { () async throws(RPCStatus) in
        try await visitor.users.createUser(CreateUserRequest(username: "No", password: "short"))
      }
    }

    @Test func `a viewer views, a developer deploys, an admin does both and more`() async throws {
      let tenant = try await shared.superAdmin.createOrganization()
      let cluster = try await shared.superAdmin.createCluster(in: tenant.id)
      let (viewer, _) = try await tenant.serviceCaller("viewer", on: stack)
      let (developer, _) = try await tenant.serviceCaller("developer", on: stack)
      let (admin, _) = try await tenant.serviceCaller("admin", on: stack)
      for caller in [viewer, developer, admin] {
        #expect(try await caller.cluster(cluster.id).id == cluster.id)
        #expect(try await caller.users.whoAmI(WhoAmIRequest()).kind == .serviceAccount)
      }
      await expectRefusal(.permissionDenied) { () async throws(RPCStatus) in
        try await viewer.deploy(to: cluster.id)
      }
      let own = try await developer.deploy(to: cluster.id)
      #expect(own.createdBy.hasPrefix("service-account:"))
      await expectRefusal(.permissionDenied) { () async throws(RPCStatus) in
        try await viewer.deployments.cancelDeployment(CancelDeploymentRequest(id: own.id))
      }
      for caller in [viewer, developer] {
        await expectRefusal(.permissionDenied) { () async throws(RPCStatus) in
          try await caller.clusters.createCluster(
            CreateClusterRequest(
              organizationID: tenant.id, name: "no",
              capacity: Resources(cpuMillis: 1_000, memoryBytes: 1 << 30)))
        }
        await expectRefusal(.permissionDenied) { () async throws(RPCStatus) in
          try await caller.organizations.rotateInvite(
            RotateInviteRequest(organizationID: tenant.id))
        }
      }
      _ = try await admin.createCluster(in: tenant.id)
      _ = try await admin.deployments.cancelDeployment(CancelDeploymentRequest(id: own.id))
    }

    @Test func `an agent's token attaches an agent of its cluster and does nothing else`()
      async throws
    {
      let alice = shared.alice.caller
      let cluster = try await alice.createCluster(in: shared.tenant.id)
      let token = try await alice.clusters.createAgentToken(
        CreateAgentTokenRequest(clusterID: cluster.id)
      ).token
      let agent = try await stack.connect(token: token)
      #expect(try await agent.users.whoAmI(WhoAmIRequest()).kind == .agent)
      for method in [
        DeploymentServiceMethods.listDeployments, ClusterServiceMethods.listClusters,
        OrganizationServiceMethods.listMembers, AdminServiceMethods.getScheduler,
      ] {
        await expectRefusal(.permissionDenied, "\(method.path)") { () async throws(RPCStatus) in
          try await agent.callEmpty(method)
        }
      }
      await expectRefusal(.permissionDenied, "a person is no agent") { () async throws(RPCStatus) in
        try await alice.callEmpty(AgentServiceMethods.attach)
      }
    }

    @Test func `what is stored of every secret is a digest`() async throws {
      let tenant = try await shared.superAdmin.createOrganization()
      let cluster = try await shared.superAdmin.createCluster(in: tenant.id)
      let key = try await shared.superAdmin.serviceAccounts.createServiceAccount(
        CreateServiceAccountRequest(organizationID: tenant.id, name: "digest")
      ).apiKey
      let agent = try await shared.superAdmin.clusters.createAgentToken(
        CreateAgentTokenRequest(clusterID: cluster.id)
      ).token
      let secrets = [
        key, agent, shared.alice.tokens.refreshToken, shared.alice.tokens.accessToken,
        shared.alice.password, tenant.inviteCode,
        try String(contentsOfFile: stack.adminTokenFile, encoding: .utf8)
          .trimmingCharacters(in: .whitespacesAndNewlines),
      ]
      let tables = try await stack.database.query(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
      #expect(tables.count > 10)
      for table in tables.map({ $0[0] }) {
        let text = try await stack.database.query("SELECT t::text FROM \(table) t")
          .joined().joined(separator: "\n")
        for secret in secrets where text.contains(secret) {
          Issue.record("\(table) holds a secret in the clear")
        }
      }
      for secret in secrets where stack.berthd.log.contains(secret) {
        Issue.record("the log holds a secret")
      }
      let attributes = try FileManager.default.attributesOfItem(atPath: stack.adminTokenFile)
      #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }
  }
}
