import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// The known faults whose tests kill a server or fill its queue.
  @Suite(.serialized, .timeLimit(.minutes(3))) struct KnownFaultsThatBreakTests {
    @Test func `fault 32: the lock of a leader that was killed is free after its time to live`()
      async throws
    {
      try await Stack.with { stack in
        let before = try await stack.superAdmin()
        let tenant = try await before.createOrganization()
        let cluster = try await before.createCluster(in: tenant.id)
        let first = try await before.deploy(to: cluster.id)
        try await before.wait(for: .scheduled, of: first.id)
        let millis = Int(try await stack.redis.ask("PTTL", "berth:scheduler")) ?? -1
        #expect(
          (1...(stack.options.lockSeconds * 1_000)).contains(millis), "a lock without an end")

        try await stack.berthd.kill()
        let killed = ContinuousClock.now
        #expect(
          try await stack.redis.ask("EXISTS", "berth:scheduler") == "1", "nobody gave it back")
        try await stack.berthd.restart()
        let after = try await stack.superAdmin()
        let second = try await after.deploy(to: cluster.id)
        try await after.wait(for: .scheduled, of: second.id)
        let limit = Duration.seconds(stack.options.lockSeconds + 2) + Slack.machine
        #expect(ContinuousClock.now - killed < limit)
        try await Invariants.expectHold(in: stack.database)
      }
    }

    @Test func `fault 34: a placement costs the same behind a queue eight times as long`()
      async throws
    {
      try await Stack.with { stack in
        let caller = try await stack.superAdmin()
        let tenant = try await caller.createOrganization()
        let placements: Int64 = 400
        let full = try await caller.createCluster(in: tenant.id, cpu: 1)
        var ticks: [Int] = []
        for queue in [1_000, 8_000] {
          try await fill(full.id, to: queue, by: caller, on: stack)
          ticks.append(try await ticksOf(placements, on: full.id, by: caller, at: stack.berthd))
        }
        // Linear work would be eight times as much, quadratic work 64 times. Ticks are 10 ms.
        #expect(Double(ticks[1]) <= 3 * Double(max(ticks[0], 10)), "processor ticks: \(ticks)")
      }
    }

    /// Queues one-milli deployments until `count` wait.
    private func fill(
      _ cluster: String, to count: Int, by caller: Caller, on stack: Stack
    ) async throws {
      let queued = try await queueLength(of: stack)
      _ = try await concurrently(count - queued, atOnce: 64) { () async throws in
        try await caller.deploy(to: cluster, cpu: 1)
      }
      #expect(abs(try await queueLength(of: stack) - count) <= 1)
    }

    private func queueLength(of stack: Stack) async throws -> Int {
      Int(
        try await stack.database.query("SELECT count(*) FROM deployments WHERE state = 'queued'")[
          0][0]) ?? -1
    }

    /// The server's processor time for placing so many more.
    private func ticksOf(
      _ placements: Int64, on cluster: String, by caller: Caller, at replica: Replica
    ) async throws -> Int {
      let before = try #require(try await caller.cluster(cluster).capacity?.cpuMillis)
      let ticks = try replica.processorTicks()
      _ = try await caller.clusters.updateCluster(
        UpdateClusterRequest(id: cluster, cpuMillis: before + placements))
      try await eventually(
        "\(placements) placements", within: .seconds(60), every: .milliseconds(20)
      ) {
        try await caller.cluster(cluster).allocated?.cpuMillis == before + placements
      }
      return try replica.processorTicks() - ticks
    }
  }
}
