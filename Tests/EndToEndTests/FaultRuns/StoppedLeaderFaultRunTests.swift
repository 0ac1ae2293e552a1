import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// Leaders that stand still and go on, as on a machine that was suspended.
  @Suite(.serialized, .faultRunLimit) struct StoppedLeaderFaultRunTests {
    private static let lockMilliseconds = 500
    /// The steps of a placement, and how often each is reached before the leader stands still.
    private static let steps = [
      ("queue.load.after", 1), ("feed.read.after", 60), ("place.before", 2), ("place.after", 3),
      ("term.renew.before", 2), ("lease.renew.before", 3),
    ]

    @Test func `a leader stopped for three ttls at each step of a placement does no harm`()
      async throws
    {
      for _ in 0..<TestScale.rounds(1, soak: 20) { try await stopAtEachStep() }
    }

    private func stopAtEachStep() async throws {
      let plan = FaultRun.Plan(name: "stopped leader", placements: 200)
      let options = FaultRun.options(replicas: 1, lockMilliseconds: Self.lockMilliseconds)
      let orders = Self.steps.map { "\($0)=stop@\($1)" }.joined(separator: ",")
      let prepare = { (stack: Stack) async throws in
        _ = try await stack.startReplica("stopped", environment: ["BERTH_FAILPOINTS": orders])
      }
      try await FaultRun.perform(plan, on: options, prepare: prepare) { run in
        let (other, stopped) = (run.stack.replicas[0], run.stack.replicas[1])
        for _ in Self.steps { try await standStill(stopped, beside: other, run) }
        for (step, _) in Self.steps {
          #expect(stopped.count("failpoint \(step): stop") == 1, "\(step), with \(run.seed)")
        }
        try await stopWithinTransaction(run)
        #expect(
          stopped.count("the fence refused a stale commit") > 0,
          "void: no stopped leader came back with a commit")
      }
    }

    /// Makes the replica lead until it stands still at its next step, lets three ttls pass in which
    /// the other one places, and lets it go on.
    private func standStill(_ stopped: Replica, beside other: Replica, _ run: FaultRun) async throws
    {
      let limit = ContinuousClock.now + .seconds(30)
      while !stopped.isStopped {
        try #require(ContinuousClock.now < limit, "no further step was reached")
        // The other one stands still for a moment too, so that this one leads.
        other.process.pause()
        try? await eventually("a step", within: .seconds(3), every: .milliseconds(5)) {
          stopped.isStopped
        }
        other.process.resume()
      }
      let until = ContinuousClock.now + .milliseconds(3 * Self.lockMilliseconds)
      try await run.untilPlacedAnother(1)
      try await Task.sleep(until: until)
      stopped.process.resume()
    }

    /// A lock held by somebody else keeps a placement waiting within PostgreSQL, under the fence;
    /// meanwhile its leader stands still.
    private func stopWithinTransaction(_ run: FaultRun) async throws {
      try await run.untilPlacedAnother(5)
      async let held = run.stack.database.query(
        "BEGIN; SELECT id FROM clusters FOR UPDATE; SELECT pg_sleep(1.5); COMMIT")
      let waiting = """
        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
          AND application_name = 'berthd' AND wait_event_type = 'Lock' AND query LIKE '%Places deployments%'
        """
      try await eventually("a placement to wait", within: .seconds(10)) {
        try await run.stack.database.query(waiting) != [["0"]]
      }
      for replica in run.stack.replicas { replica.process.pause() }
      _ = try await held
      try await Task.sleep(for: .milliseconds(3 * Self.lockMilliseconds))
      for replica in run.stack.replicas { replica.process.resume() }
      try await run.untilPlacedAnother(20)
    }
  }
}
