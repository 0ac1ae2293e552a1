import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// `kill -9` at every failpoint.
  @Suite(.serialized, .faultRunLimit) struct KilledReplicaFaultRunTests {
    /// Reached by a leader at work, by its campaign, and by calls at any replica.
    private static let underLoad = [
      "report.before", "report.after", "place.before", "place.after", "create.before",
      "create.after", "ending.before", "ending.after", "feed.read.before", "feed.read.after",
      "lease.acquire.before", "lease.acquire.after", "term.begin.before", "term.begin.after",
      "queue.load.before", "queue.load.after", "term.renew.before", "term.renew.after",
      "lease.renew.before", "lease.renew.after", "expire.before", "expire.after",
      "preempt.before", "preempt.after",
    ]
    /// Reached by who leads for so long that it may judge agents: seconds each.
    private static let afterAWhile =
      TestScale.isSoak ? ["lost.before", "lost.after"] : ["lost.after"]
    /// Reached by a leader that is told to end.
    private static let atTheEnd = [
      "term.end.before", "term.end.after", "lease.release.before", "lease.release.after",
    ]
    /// Reached while Redis is away.
    private static let withoutRedis = ["term.takeover.before", "term.takeover.after"]

    @Test func `replicas killed at each failpoint lose nothing and double nothing`() async throws {
      for _ in 0..<TestScale.rounds(1, soak: 20) {
        var plan = FaultRun.Plan(name: "killed at each failpoint", placements: 150)
        plan.isContended = true
        try await FaultRun.perform(plan, on: FaultRun.options(replicas: 2)) { run in
          var random = run.seed.generator(1_000)
          let points = Self.underLoad.shuffled(using: &random)
          let half = points.count / 2
          async let first: Void = killAtEach(points[..<half], 0, run)
          try await killAtEach(points[half...], 1, run)
          try await first
          for point in Self.afterAWhile { try await kill(at: point, 0, run) }
          for point in Self.atTheEnd { try await killAtTheEnd(point, run) }
          try await run.stack.redis.kill()
          for point in Self.withoutRedis { try await kill(at: point, 1, run) }
          try await run.stack.redis.restart()
          try await run.stack.replicas[1].restart()
        }
      }
    }

    /// One after another; the replica runs on after the last.
    private func killAtEach(
      _ points: ArraySlice<String>, _ index: Int, _ run: FaultRun
    ) async throws {
      for point in points { try await kill(at: point, index, run) }
      try await run.stack.replicas[index].restart()
    }

    /// Starts the replica so that it is killed at the point, and sees to it that it gets there.
    private func kill(at point: String, _ index: Int, _ run: FaultRun) async throws {
      let (replica, other) = (run.stack.replicas[index], run.stack.replicas[1 - index])
      if replica.process.exit == nil { try await replica.kill() }
      do {
        try await replica.restart(environment: ["BERTH_FAILPOINTS": "\(point)=kill"])
      } catch ChildProcessError.endedEarly(_, let outcome) {
        // Before it listened.
        return expectKilled(outcome.exit, outcome.standardError, at: point)
      }
      let limit = ContinuousClock.now + .seconds(60)
      while !(await hasEnded(replica, within: .seconds(1.5))) {
        try #require(ContinuousClock.now < limit, "\(point) was not reached")
        // What only the leader reaches, and what only the agents' replica does.
        other.process.pause()
        _ = await hasEnded(replica, within: .seconds(1.2))
        other.process.resume()
        if point.hasPrefix("report") {
          try await run.agents[index].kill()
          try run.agents[index].restart()
        }
      }
      expectKilled(replica.process.exit, replica.process.written, at: point)
    }

    private func expectKilled(_ exit: ChildExit?, _ written: String, at point: String) {
      #expect(exit == .signalled(9), "\(point)")
      #expect(written.contains("failpoint \(point): kill"), "it died elsewhere")
    }

    private func hasEnded(_ replica: Replica, within limit: Duration) async -> Bool {
      let ended = try? await eventually("its end", within: limit) { replica.process.exit }
      return ended != nil
    }

    /// A leader gives lock and term back when it is told to end, and is killed within that. Tried
    /// again where it had lost them just before: then there is nothing to give back.
    private func killAtTheEnd(_ point: String, _ run: FaultRun) async throws {
      let (replica, other) = (run.stack.replicas[0], run.stack.replicas[1])
      for _ in 0..<10 {
        try await replica.kill()
        try await replica.restart(environment: ["BERTH_FAILPOINTS": "\(point)=kill"])
        other.process.pause()
        try? await eventually("it to lead", within: .seconds(10)) {
          replica.process.written.contains("\"message\":\"leading\"")
        }
        other.process.resume()
        let exit = try await replica.process.terminate(within: .seconds(15))
        if exit == .exited(0) { continue }
        expectKilled(exit, replica.process.written, at: point)
        return try await replica.restart()
      }
      Issue.record("\(point) was not reached")
    }
  }
}
