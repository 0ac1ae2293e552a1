import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// A gang on two clusters, by real processes.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct GangTests {
    @Test func `a gang waits for room for all, runs at once, and goes back and ends as one`()
      async throws
    {
      try await Stack.with { stack in
        let admin = try await stack.superAdmin()
        let tenant = try await admin.createOrganization()
        var agents: [RunningAgent] = []
        var clusters: [Cluster] = []
        for _ in 0..<2 {
          let cluster = try await admin.createCluster(in: tenant.id)
          clusters.append(cluster)
          agents.append(try await RunningAgent.start(for: cluster.id, by: admin, on: stack))
        }
        let filler = try await admin.deploy(to: clusters[0].id, cpu: 600)
        try await admin.wait(for: .running, of: filler.id)
        var request = CreateDeploymentRequest(
          organizationID: tenant.id, image: "example.com/model:1",
          resources: Resources(cpuMillis: 450, memoryBytes: 1 << 20), replicas: 4)
        let first = try #require(
          try await admin.deployments.createDeployment(request).deployment)
        #expect(first.gangID == first.id && first.gangSize == 4 && first.gangIndex == 0)
        // Room for two is no room, and what is smaller goes on.
        let small = try await admin.deploy(to: clusters[1].id, cpu: 50)
        try await admin.wait(for: .running, of: small.id)
        #expect(try await admin.deployment(first.id).state == .queued)
        let why = try await admin.deployments.explainDeployment(.init(id: first.id))
        #expect(why.standing == .waitsForRoom && why.summary.contains("all 4 replicas"))
        _ = try await admin.deployments.completeDeployment(.init(id: filler.id))
        func gang() async throws -> [Deployment] {
          try await admin.deployments.listDeployments(
            ListDeploymentsRequest(organizationID: tenant.id, gangID: first.id)
          ).deployments.sorted { $0.gangIndex < $1.gangIndex }
        }
        for member in try await gang() { try await admin.wait(for: .running, of: member.id) }
        let running = try await gang()
        #expect(running.map(\.gangIndex) == [0, 1, 2, 3])
        #expect(Set(running.map(\.placedClusterID)) == Set(clusters.map(\.id)))
        #expect(Set(running.map { $0.scheduledAt?.description }).count == 1)
        _ = try await admin.deployments.cancelDeployment(.init(id: running[2].id))
        #expect(try await gang().allSatisfy { $0.state == .cancelled })
        try await eventually("the containers of all to end") {
          try agents.reduce(0) { $0 + (try $1.runningContainers().count) } == 1
        }
        // One that fails takes all back, as often as there are attempts.
        request.command = ["sh", "-c", "sleep 0.1; exit 3"]
        request.maxAttempts = 2
        let failing = try #require(
          try await admin.deployments.createDeployment(request).deployment)
        try await admin.wait(for: .failed, of: failing.id)
        let ended = try await admin.deployments.listDeployments(
          ListDeploymentsRequest(organizationID: tenant.id, gangID: failing.id)
        ).deployments
        #expect(ended.count == 4 && ended.allSatisfy { $0.state == .failed && $0.attempt == 2 })
        #expect(ended.contains { $0.reason.hasPrefix("replica ") })
        try await Invariants.expectHold(in: stack.database)
      }
    }
  }
}
