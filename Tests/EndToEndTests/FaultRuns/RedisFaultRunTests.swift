import Foundation
import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// A Redis that is gone, forgets, or stands still, for all replicas or for one.
  @Suite(.serialized, .faultRunLimit) struct RedisFaultRunTests {
    /// More than three times the lock's life of 500 ms.
    private static let outage = Duration.seconds(1.8)

    @Test func `Redis killed, restarted empty, paused: placing goes on`() async throws {
      let rounds = TestScale.rounds(1, soak: 40)
      let plan = FaultRun.Plan(name: "Redis", placements: 200 * rounds)
      try await FaultRun.perform(plan, on: FaultRun.options(replicas: 2)) { run in
        let redis = run.stack.redis
        for _ in 0..<rounds {
          try await redis.kill()
          try await run.untilPlacedAnother(20)
          try await depose(run)
          try await run.untilPlacedAnother(20)
          try await redis.restart()
          try await run.untilPlacedAnother(20)
          // Empty in an instant: whoever asks next has the lock too.
          try await redis.restart()
          try await run.untilPlacedAnother(20)
          _ = try await redis.ask("CLIENT", "PAUSE", "2000", "ALL")
          try await run.untilPlacedAnother(20)
          try await Task.sleep(for: Self.outage)
          redis.pause()
          try await run.untilPlacedAnother(20)
          try await Task.sleep(for: Self.outage)
          redis.resume()
          try await run.untilPlacedAnother(20)
        }
        #expect(misses(run) > 0, "void: nobody missed Redis")
      }
    }

    @Test func `a replica that cannot reach Redis leads no longer than its term`() async throws {
      let rounds = TestScale.rounds(1, soak: 40)
      let plan = FaultRun.Plan(name: "partition", placements: 100 * rounds)
      let relay = Relay()
      let prepare = { (stack: Stack) async throws in
        let way = try TCPRelay(to: stack.redis.port)
        relay.way = way
        _ = try await stack.startReplica(
          "parted", environment: ["REDIS_URL": "redis://127.0.0.1:\(way.port)"])
      }
      let options = FaultRun.options(replicas: 1)
      try await FaultRun.perform(plan, on: options, prepare: prepare) { run in
        let way = try #require(relay.way)
        let (other, parted) = (run.stack.replicas[0], run.stack.replicas[1])
        for round in 0..<(2 * rounds) {
          try await lead(parted, not: other)
          let before = try await run.epoch()
          if round.isMultiple(of: 2) { way.stall() } else { way.cut() }
          try await eventually("another term", within: .seconds(15)) {
            try await run.epoch() > before
          }
          try await Task.sleep(for: Self.outage)
          try await run.untilPlacedAnother(20)
          way.restore()
          try await run.untilPlacedAnother(20)
        }
        #expect(parted.count("cannot reach the lock") > 0, "void: it never missed Redis")
        #expect(other.count("\"message\":\"leading\"") > 0, "void: the other never led")
      }
    }

    /// Each replica stands still in turn, until the other has taken over whoever led.
    /// A leader that only misses Redis need not lose its term: it leads on by PostgreSQL alone.
    private func depose(_ run: FaultRun) async throws {
      let (one, other) = (run.stack.replicas[0], run.stack.replicas[1])
      let first = try await run.epoch()
      one.process.pause()
      try await Task.sleep(for: Self.outage)
      one.process.resume()
      guard try await run.epoch() == first else { return }
      other.process.pause()
      try await eventually("another term", within: .seconds(15)) {
        try await run.epoch() > first
      }
      other.process.resume()
    }

    /// Stops the other for a moment whenever it leads, until this one does.
    private func lead(_ replica: Replica, not other: Replica) async throws {
      for _ in 0..<10 {
        let (begun, ended) = (
          replica.count("\"message\":\"leading\""),
          replica.count("\"message\":\"no longer leading\"")
        )
        if begun > ended { return }
        other.process.pause()
        try await Task.sleep(for: .seconds(1.5))
        other.process.resume()
      }
      Issue.record("\(replica.name) never led")
    }

    private func misses(_ run: FaultRun) -> Int {
      run.stack.replicas.reduce(0) { $0 + $1.count("cannot reach the lock") }
    }
  }
}

/// The way that is made with the stack and broken under it.
private final class Relay {
  var way: TCPRelay?
}
