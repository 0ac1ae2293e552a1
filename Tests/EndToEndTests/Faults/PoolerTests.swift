import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// PostgreSQL reached another way.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct PoolerTests {
    @Test func `behind a transaction pooler the whole workflow works`() async throws {
      var options = StackOptions(environment: ["BERTH_DATABASE_POOLER": "true"])
      options.databaseURL = { try #require($0.poolerURL) }
      try await Stack.with(options) { stack in
        try await expectWorkflow(on: stack)
      }
    }

    @Test func `over TLS with verify-full the whole workflow works`() async throws {
      let url = try #require(
        ProcessInfo.processInfo.environment["BERTH_TEST_DATABASE_TLS_URL"],
        "BERTH_TEST_DATABASE_TLS_URL is not set: run `make test`")
      #expect(url.contains("sslmode=verify-full"))
      var options = StackOptions()
      options.databaseURL = { database in
        var parts = try #require(URLComponents(string: url))
        parts.path = "/" + database.name
        return try #require(parts.string)
      }
      try await Stack.with(options) { stack in
        try await expectWorkflow(on: stack)
        let plain = try await stack.database.query(
          """
          SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
          WHERE NOT ssl AND application_name = 'berthd' AND datname = '\(stack.database.name)'
          """)
        #expect(plain == [["0"]], "every connection is encrypted")
      }
    }

    private func expectWorkflow(on stack: Stack) async throws {
      let alice = try await stack.signUp().caller
      let bob = try await stack.signUp().caller
      let tenant = try await alice.createOrganization()
      _ = try await bob.organizations.joinOrganization(
        JoinOrganizationRequest(inviteCode: tenant.inviteCode))
      let cluster = try await alice.createCluster(in: tenant.id, cpu: 500, gpu: 2_000)
      let agent = try await RunningAgent.start(for: cluster.id, by: alice, on: stack)
      let waiting = try await Invariants.expectHold(in: stack.database) {
        let all = try await concurrently(40) { () async throws in
          try await bob.deploy(
            to: cluster.id, cpu: 100, gpu: 500, command: ["sh", "-c", "echo hello; sleep 0.2"],
            idempotencyKey: UniqueName.make("k"))
        }
        for one in all { try await bob.wait(for: .completed, of: one.id, within: .seconds(30)) }
        return try await bob.deploy(to: cluster.id, cpu: 500)
      }
      try await bob.wait(for: .running, of: waiting.id)
      _ = try await alice.deployments.completeDeployment(.init(id: waiting.id))
      #expect(try await alice.cluster(cluster.id).allocated == Resources())
      withExtendedLifetime(agent) {}
    }
  }
}
