import Messages
import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// Many deployments, and replicas that all believe they lead.
  @Suite(.serialized, .faultRunLimit) struct LoadFaultRunTests {
    @Test func `replicas under random deployments, with an agent and a replica killed in between`()
      async throws
    {
      var plan = FaultRun.Plan(
        name: "random load", placements: TestScale.rounds(300, soak: 10_000),
        deployments: TestScale.rounds(300, soak: 100_000))
      if TestScale.isSoak {
        plan.room = 10
        plan.streams = 32
        plan.pause = .milliseconds(5)
        // A round reads every deployment there ever was.
        plan.secondsBetweenChecks = 2
        plan.patience = .seconds(3_000)
      }
      let options = FaultRun.options(
        replicas: TestScale.rounds(2, soak: 4), lockMilliseconds: nil)
      try await FaultRun.perform(plan, on: options) { run in
        try await run.untilPlaced(50)
        try await run.agents[0].kill()
        try await eventually("its work to go back to the queue", within: .seconds(15)) {
          try await run.stack.database.query(
            "SELECT count(*) FROM deployment_events WHERE reason = 'the agent was lost'") != [["0"]]
        }
        try run.agents[0].restart()
        let leader = try await run.stack.leader()
        try await leader.kill()
        try await run.untilPlacedAnother(50)
        try await leader.restart()
        try await run.untilPlacedAnother(50)
        try await eventually("retries, cancels, completions and failures", within: .seconds(120)) {
          let ways = try await run.stack.database.query(
            """
            SELECT count(*) FILTER (WHERE state = 'queued' AND attempt > 0),
              count(*) FILTER (WHERE state = 'cancelled'),
              count(*) FILTER (WHERE state = 'completed'),
              count(*) FILTER (WHERE state = 'failed')
            FROM deployment_events
            """)
          return !ways[0].contains("0")
        }
      }
    }

    @Test(arguments: [1, 3])
    func `all replicas believe that they lead: the fence refuses every stale commit`(
      shards: Int
    ) async throws {
      let refusals = TestScale.rounds(100, soak: 2_000)
      var plan = FaultRun.Plan(
        name: "all believe, shards: \(shards)", placements: TestScale.rounds(200, soak: 5_000))
      plan.isSharded = shards > 1
      let options = FaultRun.options(
        replicas: TestScale.rounds(3, soak: 4),
        ["BERTH_FAULT_LEASE": "everyone", "BERTH_SCHEDULER_SHARDS": "\(shards)"])
      try await FaultRun.perform(plan, on: options) { run in
        let first = try await run.epoch()
        try await eventually(
          "\(refusals) stale commits", within: .seconds(TestScale.rounds(60, soak: 1_200)),
          every: .milliseconds(200)
        ) {
          run.staleCommits >= refusals
        }
        let terms = try await run.epoch() - first
        print("all believe: \(run.staleCommits) stale commits refused in \(terms) terms")
        for replica in run.stack.replicas {
          #expect(replica.count("the fence refused a stale commit") > 0, "at \(replica.name)")
        }
      }
    }
  }
}
