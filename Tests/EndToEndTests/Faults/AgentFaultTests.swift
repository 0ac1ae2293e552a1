import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// Agents that die, are lost, or are attached elsewhere.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct AgentFaultTests {
    @Test
    func `an agent that is killed and started again finds its containers, none lost or doubled`()
      async throws
    {
      var options = StackOptions()
      options.agentLostSeconds = 20
      try await Stack.with(options) { stack in
        let admin = try await stack.superAdmin()
        let (_, cluster) = try await scene(admin)
        let agent = try await RunningAgent.start(for: cluster.id, by: admin, on: stack)
        var ids: [String] = []
        for _ in 0..<5 { ids.append(try await admin.deploy(to: cluster.id).id) }
        for id in ids { try await admin.wait(for: .running, of: id) }
        let containers = try agent.runningContainers()
        #expect(containers == Set(ids.map { "\($0).1" }))
        let short = try await admin.deploy(to: cluster.id, command: ["sleep", "1"])
        try await admin.wait(for: .running, of: short.id)

        try await agent.kill()
        // What is asked for while it is away waits for it; what ends meanwhile is told later.
        let late = try await admin.deploy(to: cluster.id)
        _ = try await admin.deployments.cancelDeployment(CancelDeploymentRequest(id: ids[0]))
        try agent.restart()
        try await admin.wait(for: .running, of: late.id)
        try await admin.wait(for: .completed, of: short.id)
        for id in ids.dropFirst() {
          let one = try await admin.deployment(id)
          #expect(one.state == .running && one.attempt == 1)
        }
        try await eventually("the cancelled one's container to end") {
          try agent.runningContainers()
            == containers.subtracting(["\(ids[0]).1"]).union(["\(late.id).1"])
        }
        try await Invariants.expectHold(in: stack.database)
      }
    }

    @Test func `a lost agent's deployments go back to the queue and run again when one is there`()
      async throws
    {
      try await Stack.with { stack in
        let admin = try await stack.superAdmin()
        let (tenant, cluster) = try await scene(admin)
        let agent = try await RunningAgent.start(for: cluster.id, by: admin, on: stack)
        let bound = try await admin.deploy(to: cluster.id)
        let free = try await admin.deploy(in: tenant.id)
        let last = try await admin.deploy(to: cluster.id, maxAttempts: 1)
        for one in [bound, free, last] { try await admin.wait(for: .running, of: one.id) }
        try await agent.kill()
        let limit = Duration.seconds(stack.options.agentLostSeconds + 6) + Slack.machine
        let queued = try await admin.wait(for: .queued, of: bound.id, within: limit)
        #expect(queued.attempt == 1 && queued.gpuDevices.isEmpty)
        // Without an attempt left it has failed.
        try await admin.wait(for: .failed, of: last.id, within: .seconds(5))
        #expect(try await admin.cluster(cluster.id).allocated == Resources())
        // The free one finds another cluster whose agent is there.
        let second = try await admin.createCluster(in: tenant.id)
        let heir = try await RunningAgent.start(for: second.id, by: admin, on: stack)
        let moved = try await admin.wait(for: .running, of: free.id)
        #expect(moved.placedClusterID == second.id && moved.attempt == 2)
        // The bound one runs again, in a second attempt, once its agent is back; the first
        // attempt's container goes.
        try agent.restart()
        let again = try await admin.wait(for: .running, of: bound.id)
        #expect(again.attempt == 2)
        try await eventually("the first attempts' containers to end") {
          try agent.runningContainers() == ["\(bound.id).2"]
        }
        try await Invariants.expectHold(in: stack.database)
        withExtendedLifetime(heir) {}
      }
    }

    @Test func `logs are read at a replica that the agent is not attached to`() async throws {
      try await Stack.with(StackOptions(replicas: 2)) { stack in
        let admin = try await stack.superAdmin(at: stack.replicas[1])
        let (_, cluster) = try await scene(admin)
        let agent = try await RunningAgent.start(
          for: cluster.id, by: admin, on: stack, at: stack.replicas[0])
        let deployment = try await admin.deploy(
          to: cluster.id,
          command: ["sh", "-c", "echo one; echo two >&2; echo three; sleep 1; echo four"])
        try await admin.wait(for: .running, .completed, of: deployment.id)
        for replica in stack.replicas {
          let caller = try await stack.superAdmin(at: replica)
          var (output, errors) = ("", "")
          for try await chunk in caller.deployments.logs(
            LogsRequest(deploymentID: deployment.id, follow: true))
          {
            let text = String(decoding: chunk.data, as: UTF8.self)
            if chunk.stream == .stderr { errors += text } else { output += text }
          }
          #expect(output == "one\nthree\nfour\n" && errors == "two\n", "at \(replica.name)")
        }
        withExtendedLifetime(agent) {}
      }
    }

    @Test func `a second agent of a cluster takes over; a revoked token ends the attachment`()
      async throws
    {
      try await Stack.with { stack in
        let admin = try await stack.superAdmin()
        let (_, cluster) = try await scene(admin)
        let first = try await RunningAgent.start(for: cluster.id, by: admin, on: stack)
        let second = try await RunningAgent.start(for: cluster.id, by: admin, on: stack)
        try await second.waitUntilWelcome()
        let deployment = try await admin.deploy(to: cluster.id)
        try await admin.wait(for: .running, of: deployment.id)
        #expect(try first.runningContainers().isEmpty)
        #expect(try second.runningContainers() == ["\(deployment.id).1"])
        _ = try await admin.clusters.revokeAgentTokens(.init(clusterID: cluster.id))
        try await eventually("the attachment to end", within: .seconds(10) + Slack.machine) {
          try await !admin.cluster(cluster.id).agentAttached
        }
      }
    }

    private func scene(_ admin: Caller) async throws -> (Tenant, Cluster) {
      let tenant = try await admin.createOrganization()
      return (tenant, try await admin.createCluster(in: tenant.id))
    }
  }
}
