import Foundation
import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// A PostgreSQL that is restarted, that cuts connections within transactions, and whose answers
  /// are lost.
  @Suite(.serialized, .faultRunLimit) struct PostgresFaultRunTests {
    @Test func `PostgreSQL cut off, restarted at once and not answering loses and doubles nothing`()
      async throws
    {
      let server = try await PostgresServer.start()
      let relay = try TCPRelay(to: server.port)
      var options = FaultRun.options(replicas: 2)
      options.postgres = server
      options.databaseURL = { try url($0.url, port: relay.port) }
      let plan = FaultRun.Plan(name: "PostgreSQL", placements: TestScale.rounds(300, soak: 5_000))
      try await FaultRun.perform(plan, on: options) { run in
        var cuts = 0
        for _ in 0..<TestScale.rounds(2, soak: 40) {
          for _ in 0..<2 { cuts += try await cutWithinTransaction(run) }
          try await loseReplies(relay, run)
          try await server.restartImmediately()
          try await run.untilPlacedAnother(20)
        }
        print("PostgreSQL: \(cuts) transactions cut, \(relay.repliesLost) answers lost")
        #expect(cuts >= TestScale.rounds(4, soak: 80), "void: no transaction was cut")
        #expect(relay.repliesLost >= TestScale.rounds(14, soak: 280), "void: no answer was lost")
      }
      try await server.stop()
    }

    /// Holds every cluster's row until transactions of the server wait for it, having the fence and
    /// perhaps more, and cuts those; returns how many.
    private func cutWithinTransaction(_ run: FaultRun) async throws -> Int {
      let rows = try await run.stack.database.query(
        """
        BEGIN;
        SET LOCAL application_name = 'cutter';
        SELECT count(*) FROM (SELECT id FROM clusters FOR UPDATE) AS held;
        SELECT pg_sleep(0.3);
        SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'berthd'
          AND wait_event_type = 'Lock';
        COMMIT
        """)
      try await run.untilPlacedAnother(10)
      // psql writes the results of several statements below each other.
      let answer = try #require(rows.last?.last?.split(separator: "\n").last)
      return try #require(Int(answer))
    }

    /// What was committed, and nobody told: of creates, placements, ends and terms.
    private func loseReplies(_ relay: TCPRelay, _ run: FaultRun) async throws {
      for (name, count) in [("create_one", 2), ("place", 2), ("transition", 2), ("renew_term", 1)] {
        let before = relay.repliesLost
        // The name of a prepared statement as Bind has it, after the empty name of the portal.
        relay.loseReplies(to: [0] + Array(name.utf8) + [0], times: count)
        try await eventually("\(count) lost answers to \(name)", within: .seconds(20)) {
          relay.repliesLost >= before + count
        }
      }
    }

    private func url(_ url: String, port: Int) throws -> String {
      var parts = try #require(URLComponents(string: url))
      parts.port = port
      return try #require(parts.string)
    }
  }
}
