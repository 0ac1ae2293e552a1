import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// PostgreSQL and Redis that go away and come back.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct DependencyFaultTests {
    @Test func `PostgreSQL away: UNAVAILABLE with a time to retry, then recovery by itself`()
      async throws
    {
      let relay = try TCPRelay(to: Self.databasePort())
      var options = StackOptions()
      options.databaseURL = { try Self.url($0.url, port: relay.port) }
      try await Stack.with(options) { stack in
        let admin = try await stack.superAdmin()
        let tenant = try await admin.createOrganization()
        let cluster = try await admin.createCluster(in: tenant.id)
        let kept = try await admin.deploy(to: cluster.id)
        try await admin.wait(for: .scheduled, of: kept.id)

        relay.cut()
        let key = UniqueName.make("key")
        try await expectUnavailable { () async throws(RPCStatus) in
          try await admin.deploy(to: cluster.id, idempotencyKey: key)
        }
        try await expectUnavailable { () async throws(RPCStatus) in
          try await admin.deployments.getDeployment(
            GetDeploymentRequest(id: kept.id), options: Self.withoutRetries)
        }
        try await eventually("health to tell", within: .seconds(10)) {
          let health = try await admin.health.check(HealthCheckRequest())
          return health.status == .notServing
            && health.components.contains { $0.name == "postgresql" && $0.status == .notServing }
        }

        relay.restore()
        let again = try await eventually("recovery", within: .seconds(10) + Slack.machine) {
          try? await admin.deploy(to: cluster.id, idempotencyKey: key)
        }
        try await admin.wait(for: .scheduled, of: again.id)
        #expect(try await admin.deployment(kept.id).state == .scheduled)
        let all = try await admin.allDeployments(ListDeploymentsRequest(clusterID: cluster.id))
        #expect(Set(all.map(\.id)) == [kept.id, again.id] && all.count == 2)
        try await eventually("health to be well", within: .seconds(10)) {
          try await admin.health.check(HealthCheckRequest()).status == .serving
        }
        try await Invariants.expectHold(in: stack.database)
      }
    }

    @Test
    func `PostgreSQL that does not answer holds up nobody's loop and no call past its deadline`()
      async throws
    {
      let relay = try TCPRelay(to: Self.databasePort())
      var options = StackOptions(environment: ["BERTH_LOOPS": "1"])
      options.databaseURL = { try Self.url($0.url, port: relay.port) }
      try await Stack.with(options) { stack in
        let admin = try await stack.superAdmin()
        let tenant = try await admin.createOrganization()
        relay.stall()
        let start = ContinuousClock.now
        async let stuck = expectRefusal(.deadlineExceeded) { () async throws(RPCStatus) in
          try await admin.clusters.listClusters(
            ListClustersRequest(organizationID: tenant.id),
            options: CallOptions(deadline: .seconds(1)))
        }
        // On the same and only loop.
        for _ in 0..<20 { _ = try await admin.admin.version(VersionRequest()) }
        #expect(ContinuousClock.now - start < .seconds(1), "twenty calls without the database")
        _ = await stuck
        #expect(ContinuousClock.now - start < .seconds(1) + Slack.machine)
        relay.restore()
        try await eventually("recovery", within: .seconds(20) + Slack.machine) {
          (try? await admin.createCluster(in: tenant.id)) != nil
        }
      }
    }

    @Test func `SIGTERM while PostgreSQL does not answer: berthd ends within 10 s all the same`()
      async throws
    {
      let relay = try TCPRelay(to: Self.databasePort())
      var options = StackOptions()
      options.databaseURL = { try Self.url($0.url, port: relay.port) }
      try await Stack.with(options) { stack in
        _ = try await stack.leader()
        relay.stall()
        let (exit, took) = try await stack.berthd.terminate()
        #expect(exit == .exited(0))
        #expect(took < .seconds(10))
      }
    }

    @Test func `Redis killed or silent: work is still placed, and again when it is back`()
      async throws
    {
      try await Stack.with(StackOptions(replicas: 2)) { stack in
        let admin = try await stack.superAdmin()
        let tenant = try await admin.createOrganization()
        let cluster = try await admin.createCluster(in: tenant.id)
        _ = try await stack.leader()
        func expectPlacing(_ when: String) async throws {
          for replica in stack.replicas {
            let caller = try await stack.superAdmin(at: replica)
            let one = try await caller.deploy(to: cluster.id, cpu: 10)
            // The lock's end, a poll, a campaign.
            let limit = Duration.seconds(stack.options.lockSeconds + 4) + Slack.machine
            do {
              try await caller.wait(for: .scheduled, of: one.id, within: limit)
            } catch {
              Issue.record("\(when): \(error)")
            }
          }
        }
        try await Invariants.expectHold(in: stack.database) {
          try await expectPlacing("with Redis")
          try await stack.redis.kill()
          try await expectPlacing("Redis killed")
          let health = try await eventually("health to tell", within: .seconds(10)) {
            let health = try await admin.health.check(HealthCheckRequest())
            return health.components.contains { $0.name == "redis" && $0.status == .notServing }
              ? health : nil
          }
          #expect(health.status == .serving, "the server can do without")
          try await stack.redis.restart()
          try await expectPlacing("Redis back, empty")
          stack.redis.pause()
          try await expectPlacing("Redis silent")
          stack.redis.resume()
          try await expectPlacing("Redis speaks again")
        }
      }
    }

    @Test(arguments: [true, false])
    func `a right revoked at one replica is gone at the other within 5 s`(
      withRedis: Bool
    ) async throws {
      try await Stack.with(StackOptions(replicas: 2)) { stack in
        let admin = try await stack.superAdmin()
        let tenant = try await admin.createOrganization()
        let (account, accountID) = try await tenant.serviceCaller(
          "developer", on: stack, at: stack.replicas[1])
        let guest = try await stack.signUp()
        _ = try await guest.caller.organizations.joinOrganization(
          JoinOrganizationRequest(inviteCode: tenant.inviteCode))
        let member = try await stack.connect(
          token: guest.tokens.accessToken, to: stack.replicas[1])
        if !withRedis { try await stack.redis.kill() }
        // Both are in the second replica's cache now.
        _ = try await account.clusters.listClusters(.init(organizationID: tenant.id))
        _ = try await eventually("the membership to be known") {
          try? await member.clusters.listClusters(.init(organizationID: tenant.id))
        }

        _ = try await admin.serviceAccounts.revokeServiceAccount(.init(id: accountID))
        _ = try await admin.organizations.removeMember(
          .init(organizationID: tenant.id, userID: guest.id))
        let revoked = ContinuousClock.now
        try await expectEventually(.unauthenticated) { () async throws(RPCStatus) in
          try await account.clusters.listClusters(.init(organizationID: tenant.id))
        }
        try await expectEventually(.notFound) { () async throws(RPCStatus) in
          try await member.clusters.listClusters(.init(organizationID: tenant.id))
        }
        let limit: Duration = withRedis ? .seconds(2) : .seconds(5)
        #expect(ContinuousClock.now - revoked < limit + Slack.machine)
      }
    }

    // MARK: Steps

    private static let withoutRetries: CallOptions = {
      var options = CallOptions()
      options.retries = false
      return options
    }()

    /// Expects UNAVAILABLE with RetryInfo.
    private func expectUnavailable(
      sourceLocation: SourceLocation = #_sourceLocation,
      _ call: () async throws(RPCStatus) -> some Any
    ) async throws {
      let refusal = await expectRefusal(.unavailable, sourceLocation: sourceLocation, call)
      let delay = try #require(refusal?.retryDelay, sourceLocation: sourceLocation)
      #expect(delay > .zero && delay <= .seconds(30), sourceLocation: sourceLocation)
    }

    private func expectEventually(
      _ code: StatusCode, _ call: () async throws(RPCStatus) -> some Any
    ) async throws {
      try await eventually("\(code)", within: .seconds(15), every: .milliseconds(20)) {
        do throws(RPCStatus) {
          _ = try await call()
          return false
        } catch {
          return error.code == code
        }
      }
    }

    private static func databasePort() throws -> Int {
      try #require(URLComponents(string: TestEnvironment.databaseURL())?.port)
    }

    private static func url(_ url: String, port: Int) throws -> String {
      var parts = try #require(URLComponents(string: url))
      parts.port = port
      return try #require(parts.string)
    }
  }
}
