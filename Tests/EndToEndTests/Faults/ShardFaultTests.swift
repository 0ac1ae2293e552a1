import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// Scheduling in shards, led by several replicas, one of which is killed.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct ShardFaultTests {
    private static let shards = 6

    @Test
    func `three replicas lead two of six shards each; a killed one's move, a new one gets two`()
      async throws
    {
      let options = StackOptions(
        replicas: 3, environment: ["BERTH_SCHEDULER_SHARDS": String(Self.shards)])
      try await Stack.with(options) { stack in
        let limit = Duration.seconds(stack.options.lockSeconds + 2) + Slack.machine
        try await untilEven(stack, among: 3, within: .seconds(15))
        let admin = try await stack.superAdmin()
        let clusters = try await clustersOfEachShard(by: admin, on: stack)
        let work = AcknowledgedWork()
        try await Invariants.expectHold(in: stack.database) {
          let streams = try await start(work, to: clusters, on: stack)
          try await eventually("work under way", within: .seconds(20)) { work.count >= 60 }
          let victim = stack.replicas[2]
          try await victim.kill()
          let killed = ContinuousClock.now
          try await untilEven(stack, among: 2, within: .seconds(20))
          let moved = ContinuousClock.now - killed
          print("a killed replica's shards were led again after \(moved)")
          #expect(moved < limit, "time to live + 2 s (+ \(Slack.machine))")
          let goal = work.count + 60
          try await eventually("work goes on", within: .seconds(20)) { work.count >= goal }
          try await victim.restart()
          let restarted = ContinuousClock.now
          try await untilEven(stack, among: 3, within: .seconds(20))
          let shared = ContinuousClock.now - restarted
          print("a new replica led its part after \(shared)")
          #expect(shared < limit)
          for stream in streams { stream.cancel() }
          for stream in streams { await stream.value }
        }
        // Placed in every shard, each deployment once.
        try await eventually("everything to be placed", within: .seconds(10) + Slack.machine) {
          try await stack.database.query(
            "SELECT count(*) FROM deployments WHERE state = 'queued'") == [["0"]]
        }
        let rows = try await stack.database.query(
          "SELECT id FROM deployments WHERE state = 'scheduled' AND attempt = 1")
        #expect(work.ids.subtracting(rows.map { $0[0] }).isEmpty, "acknowledged and lost")
        #expect(work.ids.count == work.count)
        try await Invariants.expectHold(in: stack.database)
        let violations = try await admin.admin.checkInvariants(CheckInvariantsRequest())
        #expect(violations.violations.isEmpty)
      }
    }

    @Test func `an operator divides scheduling while it works, and sees who leads what`()
      async throws
    {
      try await Stack.with(StackOptions(replicas: 2)) { stack in
        _ = try await stack.leader()
        let admin = try await stack.superAdmin()
        let tenant = try await admin.createOrganization()
        let cluster = try await admin.createCluster(in: tenant.id)
        func berth(_ arguments: String...) async throws -> ChildOutcome {
          try await Workstation().run(
            ["admin"] + arguments + [
              "--address", stack.berthd.address, "--ca", stack.certificates.authority,
              "--token-file", stack.adminTokenFile,
            ])
        }
        let one = try await berth("scheduler")
        #expect(one.standardOutput.contains("leader   "), "\(one)")
        let set = try await berth("set-shards", "3")
        #expect(set.standardOutput == "shards: 3\n", "\(set)")
        try await untilEven(stack, shards: 3, among: 2, within: .seconds(15))
        let deployed = try await admin.deploy(to: cluster.id)
        try await admin.wait(for: .scheduled, of: deployed.id)
        let table = try await berth("scheduler")
        let lines = table.standardOutput.split(separator: "\n")
        #expect(lines.count == 5 && lines[0].hasPrefix("SHARD"), "\(table)")
        #expect(lines.last?.hasPrefix("answered by ") == true)
        let many = try await berth("set-shards", "65")
        #expect(many.exit != .exited(0) && many.standardError.contains("1 to 64"), "\(many)")
        let person = try await stack.signUp()
        await #expect(throws: RPCStatus.self) {
          _ = try await person.caller.admin.setSchedulerShards(SetSchedulerShardsRequest(shards: 2))
        }
        #expect(
          try await admin.admin.getScheduler(GetSchedulerRequest()).shards.map(\.shard)
            == [0, 1, 2])
      }
    }

    /// Until every shard is led, by so many replicas, evenly.
    private func untilEven(
      _ stack: Stack, shards: Int = Self.shards, among replicas: Int, within limit: Duration
    ) async throws {
      try await eventually(
        "\(replicas) replicas to lead \(shards) shards", within: limit, every: .milliseconds(50)
      ) {
        let rows = try await stack.database.query(
          """
          SELECT count(DISTINCT n.leader), sum(n.count), max(n.count) - min(n.count) FROM (
            SELECT e.leader, count(*) AS count FROM scheduler_epoch e
            JOIN scheduler_lease l ON l.shard = e.shard AND l.expires_at > clock_timestamp()
            JOIN scheduler_replicas r ON r.replica = e.leader GROUP BY e.leader) AS n
          """)
        return rows[0] == ["\(replicas)", "\(shards)", shards % replicas == 0 ? "0" : "1"]
      }
    }

    /// One cluster in each shard, and who may deploy there.
    private func clustersOfEachShard(
      by admin: Caller, on stack: Stack
    ) async throws -> [String] {
      var found: [Int: String] = [:]
      for _ in 0..<200 where found.count < Self.shards {
        let tenant = try await admin.createOrganization()
        let rows = try await stack.database.query(
          "SELECT shard_of('\(tenant.id)', \(Self.shards))")
        guard let shard = Int(rows[0][0]), found[shard] == nil else { continue }
        found[shard] = try await admin.createCluster(in: tenant.id, cpu: 1_000_000).id
      }
      try #require(found.count == Self.shards)
      return Array(found.values)
    }

    private func start(
      _ work: AcknowledgedWork, to clusters: [String], on stack: Stack
    ) async throws -> [Task<Void, Never>] {
      var streams: [Task<Void, Never>] = []
      // The third one is killed.
      for replica in stack.replicas.prefix(2) {
        let caller = try await stack.superAdmin(at: replica)
        streams.append(
          Task {
            var turn = 0
            while !Task.isCancelled {
              await work.deployOnce(
                to: clusters[turn % clusters.count], by: caller, at: replica)
              turn += 1
            }
          })
      }
      return streams
    }
  }
}
