import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnOneStack.KnownFaultTests {
  @Test func `fault 24: a large deployment of high priority is not passed by small ones for ever`()
    async throws
  {
    // Small work comes and goes without end; the large one, which needs the whole cluster, arrives
    // while it is full. Room is kept for it after BERTH_RESERVATION_SECONDS.
    let cluster = try await alice.createCluster(in: tenant.id, cpu: 1_000)
    var small: [String] = []
    for _ in 0..<10 { small.append(try await alice.deploy(to: cluster.id, cpu: 100).id) }
    for id in small { try await alice.wait(for: .scheduled, of: id) }
    let large = try await alice.deploy(to: cluster.id, cpu: 1_000, priority: 10)
    let passed = try await eventually("the large one's place", within: .seconds(30)) {
      () async throws -> Int? in
      if try await alice.deployment(large.id).state == .scheduled { return small.count - 10 }
      small.append(try await alice.deploy(to: cluster.id, cpu: 100, priority: 1).id)
      // The oldest small one that holds resources ends.
      let holding = try await alice.allDeployments(
        ListDeploymentsRequest(
          states: [.scheduled], clusterID: cluster.id))
      if let oldest = holding.last(where: { $0.id != large.id }) {
        _ = try await alice.deployments.completeDeployment(
          CompleteDeploymentRequest(id: oldest.id))
      }
      return nil
    }
    #expect(passed > 0, "small work went on coming while it waited")
    try await cancelAll(in: cluster)
  }

  @Test(arguments: [UInt64.random(in: .min ... .max)])
  func `faults 25, 26, 27: creating, ending and resizing at once never disagree`(
    seed: UInt64
  ) async throws {
    let cluster = try await alice.createCluster(in: tenant.id, cpu: 1_000, gpu: 4_000)
    let caller = alice
    try await Invariants.expectHold(in: stack.database) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in 0..<6 {
          group.addTask {
            var random = SeededGenerator(seed: seed &+ UInt64(worker))
            try await Self.churn(cluster.id, by: caller, rounds: 25, &random)
          }
        }
        try await group.waitForAll()
      }
    }
    try await cancelAll(in: cluster)
    let empty = try await alice.cluster(cluster.id)
    #expect(empty.allocated == Resources(), "all is free when all has ended")
    #expect(empty.available == empty.capacity)
    #expect(empty.gpuDevices.allSatisfy { $0.allocatedMillis == 0 })
  }

  /// Creates, completes, cancels and resizes in a random order.
  private static func churn(
    _ cluster: String, by caller: Caller, rounds: Int, _ random: inout SeededGenerator
  ) async throws {
    let shares: [Int64] = [0, 250, 500, 1_000, 2_000]
    var own: [String] = []
    for _ in 0..<rounds {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<6:
        own.append(
          try await caller.deploy(
            to: cluster, cpu: .random(in: 50...300, using: &random),
            gpu: shares.randomElement(using: &random)!,
            priority: .random(in: 0...5, using: &random)
          ).id)
      case 6, 7:
        guard let id = own.randomElement(using: &random) else { continue }
        _ = try? await caller.deployments.completeDeployment(CompleteDeploymentRequest(id: id))
      case 8:
        guard let id = own.randomElement(using: &random) else { continue }
        _ = try? await caller.deployments.cancelDeployment(CancelDeploymentRequest(id: id))
      default:
        let cpu = Int64.random(in: 300...1_500, using: &random)
        _ = try? await caller.clusters.updateCluster(
          UpdateClusterRequest(id: cluster, cpuMillis: cpu))
      }
    }
  }

  @Test func `fault 28: attempts are counted and after the last one it is FAILED`() async throws {
    let cluster = try await alice.createCluster(in: tenant.id)
    let agent = try await RunningAgent.start(for: cluster.id, by: alice, on: stack)
    let failing = try await alice.deploy(
      to: cluster.id, command: ["sh", "-c", "echo trying; exit 3"], maxAttempts: 3)
    let ended = try await alice.wait(for: .failed, of: failing.id, within: .seconds(20))
    #expect(ended.attempt == 3 && ended.exitCode == 3 && !ended.reason.isEmpty)
    let events = try await alice.deployments.listDeploymentEvents(
      ListDeploymentEventsRequest(id: failing.id)
    ).events
    #expect(events.count { $0.state == .scheduled } == 3)
    #expect(events.map(\.attempt).max() == 3)
    #expect(try await alice.cluster(cluster.id).allocated == Resources())
    withExtendedLifetime(agent) {}
  }

  @Test func `fault 30: work on each of 150 clusters is placed at once, not a hundred at a time`()
    async throws
  {
    let (alice, tenant) = (alice, tenant)
    let clusters = try await concurrently(150) { () async throws in
      try await alice.createCluster(in: tenant.id)
    }
    let start = ContinuousClock.now
    let ids = try await concurrently(over: clusters) { cluster in
      try await alice.deploy(to: cluster.id, cpu: 1_000).id
    }
    let list = ids.map { "'\($0)'" }.joined(separator: ",")
    try await eventually("150 placements", within: .seconds(10), every: .milliseconds(50)) {
      let rows = try await stack.database.query(
        """
        SELECT count(DISTINCT placed_cluster) FROM deployments
        WHERE state = 'scheduled' AND id IN (\(list))
        """)
      return rows == [["150"]]
    }
    #expect(ContinuousClock.now - start < .seconds(10))
  }

  @Test func `fault 31: a scheduler that fails says so, loses nothing and tries again`()
    async throws
  {
    let cluster = try await alice.createCluster(in: tenant.id)
    let logged = stack.berthd.log.count
    _ = try await stack.database.query(
      """
      CREATE FUNCTION refuse_placement() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no placing today'; END $$;
      CREATE TRIGGER refuse_placement BEFORE UPDATE ON deployments FOR EACH ROW
        WHEN (NEW.state = 'scheduled') EXECUTE FUNCTION refuse_placement()
      """)
    let waiting = try await alice.deploy(to: cluster.id)
    do {
      try await eventually("a line about it in the log", within: .seconds(15)) {
        stack.berthd.log.dropFirst(logged).split(separator: "\n").contains {
          $0.contains("\"level\":\"error\"") && $0.contains("no placing today")
        }
      }
      #expect(try await alice.deployment(waiting.id).state == .queued)
    } catch {
      Issue.record(error)
    }
    _ = try await stack.database.query(
      "DROP TRIGGER refuse_placement ON deployments; DROP FUNCTION refuse_placement()")
    try await alice.wait(for: .scheduled, of: waiting.id)
  }

  @Test func `fault 33: with hundreds of connections every one is answered`() async throws {
    let count = 400
    let (stack, token) = (stack, shared.alice.tokens.accessToken)
    let id = shared.alice.id
    let callers = try await concurrently(count, atOnce: 32) { () async throws in
      let caller = try await Caller.connect(
        to: stack.berthd.address, authority: stack.certificates.authority, token: token)
      _ = try await caller.users.whoAmI(WhoAmIRequest())
      return caller
    }
    let sockets = try FileManager.default.contentsOfDirectory(
      atPath: "/proc/\(stack.berthd.process.processID)/fd"
    ).count
    #expect(sockets > count, "the connections are there at once")
    let answers = try await concurrently(over: callers, atOnce: count) { caller in
      try await caller.users.whoAmI(WhoAmIRequest()).id
    }
    #expect(answers.count == count && answers.allSatisfy { $0 == id })
    await withTaskGroup { group in
      for caller in callers { group.addTask { await caller.close() } }
    }
  }

  /// Ends what is left on a cluster, so that later tests have the scheduler to themselves.
  private func cancelAll(in cluster: Cluster) async throws {
    let left = try await alice.allDeployments(
      ListDeploymentsRequest(
        states: [.queued, .scheduled, .starting, .running], clusterID: cluster.id))
    for one in left {
      _ = try await alice.deployments.cancelDeployment(CancelDeploymentRequest(id: one.id))
    }
  }
}
