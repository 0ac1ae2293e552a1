import Foundation
import Messages
import RPCClient
import Synchronization
import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// Replicas that are killed or told to end.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct ReplicaFaultTests {
    @Test
    func `the leader is killed while deployments stream in: placing goes on and nothing is lost`()
      async throws
    {
      try await Stack.with(StackOptions(replicas: 2)) { stack in
        let leader = try await stack.leader()
        let follower = try #require(stack.replicas.first { $0 !== leader })
        let admin = try await stack.superAdmin(at: follower)
        let tenant = try await admin.createOrganization()
        let cluster = try await admin.createCluster(in: tenant.id, cpu: 1_000_000)
        let acknowledged = AcknowledgedWork()
        try await Invariants.expectHold(in: stack.database) {
          let streams = try await startStreams(
            of: acknowledged, to: cluster.id, at: [leader, follower], on: stack)
          try await eventually("work under way") { acknowledged.count >= 100 }
          let epoch = try await newestEpoch(stack)
          try await leader.kill()
          let killed = ContinuousClock.now
          try await eventually("a placement by the next leader", within: .seconds(20)) {
            try await newestEpoch(stack) > epoch
          }
          let limit = Duration.seconds(stack.options.lockSeconds + 2) + Slack.machine
          #expect(ContinuousClock.now - killed < limit, "time to live + 2 s (+ \(Slack.machine))")
          let goal = acknowledged.count + 50
          try await eventually("work goes on") { acknowledged.count >= goal }
          for stream in streams { stream.cancel() }
          for stream in streams { await stream.value }
        }
        // I6: after quiet everything that fits is placed.
        try await expectAllPlaced(acknowledged, in: stack)
        try await Invariants.expectHold(in: stack.database)
      }
    }

    @Test(arguments: [UInt64.random(in: .min ... .max)])
    func `berthd is killed at random moments of a stream of creates: none is lost or doubled`(
      seed: UInt64
    ) async throws {
      try await Stack.with { stack in
        var random = SeededGenerator(seed: seed)
        let admin = try await stack.superAdmin()
        let tenant = try await admin.createOrganization()
        let cluster = try await admin.createCluster(in: tenant.id, cpu: 1_000_000)
        let acknowledged = AcknowledgedWork()
        let streams = try await startStreams(
          of: acknowledged, to: cluster.id, at: [stack.berthd], on: stack)
        for _ in 0..<3 {
          let goal = acknowledged.count + Int.random(in: 20...200, using: &random)
          try await eventually("creates go on", within: .seconds(20), every: .milliseconds(1)) {
            acknowledged.count >= goal
          }
          try await stack.berthd.kill()
          try await stack.berthd.restart()
        }
        let goal = acknowledged.count + 20
        try await eventually("creates go on", within: .seconds(20)) { acknowledged.count >= goal }
        for stream in streams { stream.cancel() }
        for stream in streams { await stream.value }

        try await expectAllPlaced(acknowledged, in: stack)
        try await Invariants.expectHold(in: stack.database)
        // A retried create with its key never made a second one.
        let keys = try await stack.database.query(
          "SELECT count(*) - count(DISTINCT deployment_id) FROM idempotency_keys")
        #expect(keys == [["0"]])
        let extra = try await stack.database.query(
          """
          SELECT count(*) FROM deployments d WHERE NOT EXISTS (
            SELECT FROM idempotency_keys k WHERE k.deployment_id = d.id)
          """)
        #expect(extra == [["0"]])
        try await expectAllFreed(cluster.id, by: stack.superAdmin())
      }
    }

    @Test func `SIGTERM lets calls in flight end, gives the lock back and ends within 10 s`()
      async throws
    {
      // A long lock, so that a lock that was given back can be told from one that ended.
      var options = StackOptions(replicas: 2)
      options.lockSeconds = 30
      try await Stack.with(options) { stack in
        let leader = try await stack.leader()
        let heir = try #require(stack.replicas.first { $0 !== leader })
        let admin = try await stack.superAdmin(at: leader)
        let tenant = try await admin.createOrganization()
        let cluster = try await admin.createCluster(in: tenant.id)
        _ = try await admin.users.createUser(
          CreateUserRequest(username: "slow", password: "correct horse battery"))

        let watch = admin.deployments.watchDeployments(
          WatchDeploymentsRequest(includeCurrent: true))
        async let watched = Self.ending(of: watch)
        let queued = try await admin.deploy(to: cluster.id)
        try await admin.wait(for: .scheduled, of: queued.id)
        // A login burns a good part of a second in the hashing pool.
        async let login = admin.users.login(
          LoginRequest(username: "slow", password: "correct horse battery"))
        let ticks = try leader.processorTicks()
        try await eventually("the login to be under way", every: .milliseconds(1)) {
          try leader.processorTicks() >= ticks + 5
        }
        let (exit, took) = try await leader.terminate()
        #expect(exit == .exited(0))
        #expect(took < .seconds(10))
        #expect(
          try await login.tokens?.accessToken.isEmpty == false, "the call in flight ended well")
        #expect([.unavailable, .ok].contains(await watched), "the stream was ended, not torn")

        let ended = ContinuousClock.now
        #expect(try await stack.leader(within: .seconds(10)) === heir)
        #expect(
          ContinuousClock.now - ended < .seconds(2) + Slack.machine, "far below the lock's 30 s")
        let other = try await stack.superAdmin(at: heir)
        let next = try await other.deploy(to: cluster.id)
        try await other.wait(for: .scheduled, of: next.id)
      }
    }

    @Test func `a watch ends its server's drain at once, and goes on at the next server`()
      async throws
    {
      try await Stack.with(StackOptions()) { stack in
        let admin = try await stack.superAdmin()
        let tenant = try await admin.createOrganization()
        let cluster = try await admin.createCluster(in: tenant.id)
        let deployment = try await admin.deploy(to: cluster.id)
        try await admin.wait(for: .scheduled, of: deployment.id)
        let watch = try Workstation().start(
          "watch", deployment.id, "--address", stack.berthd.address, "--ca",
          stack.certificates.authority, "--token-file", stack.adminTokenFile)
        try await watch.waitForLine(containing: "SCHEDULED")
        let (exit, took) = try await stack.berthd.terminate()
        #expect(exit == .exited(0))
        #expect(took < .seconds(4), "half of the grace that a stream could have held it up for")
        try await stack.berthd.restart()
        let again = try await stack.superAdmin()
        _ = try await again.deployments.cancelDeployment(
          CancelDeploymentRequest(id: deployment.id))
        let seen = try await watch.outcome(within: .seconds(30))
        #expect(seen.exit == .exited(0), "\(seen)")
        #expect(seen.standardOutput.contains("CANCELLED"), "\(seen)")
        #expect(seen.standardError.contains("opening the stream again"), "\(seen)")
        let lines = seen.standardOutput.split(separator: "\n")
        #expect(Set(lines).count == lines.count, "no change comes twice: \(seen)")
      }
    }

    /// How a stream of answers ends.
    private static func ending(
      of stream: ResponseStream<WatchDeploymentsResponse>
    ) async -> StatusCode {
      do throws(RPCStatus) {
        for try await _ in stream {}
        return .ok
      } catch {
        return error.code
      }
    }

    // MARK: Streams of creates

    /// Tasks that deploy one after another, each with a key under which it is repeated until it is
    /// acknowledged.
    private func startStreams(
      of work: AcknowledgedWork, to cluster: String, at replicas: [Replica], on stack: Stack
    ) async throws -> [Task<Void, Never>] {
      var tasks: [Task<Void, Never>] = []
      for replica in replicas + replicas {
        let caller = try await stack.superAdmin(at: replica)
        tasks.append(
          Task {
            while !Task.isCancelled {
              await work.deployOnce(to: cluster, by: caller, at: replica)
            }
          })
      }
      return tasks
    }

    private func newestEpoch(_ stack: Stack) async throws -> Int {
      Int(
        try await stack.database.query("SELECT coalesce(max(epoch), 0) FROM deployment_events")[0][
          0]) ?? 0
    }

    private func expectAllPlaced(_ work: AcknowledgedWork, in stack: Stack) async throws {
      try await eventually(
        "everything that fits to be placed", within: .seconds(10) + Slack.machine
      ) {
        try await stack.database.query(
          "SELECT count(*) FROM deployments WHERE state = 'queued'") == [["0"]]
      }
      let rows = try await stack.database.query(
        "SELECT id FROM deployments WHERE state = 'scheduled'")
      let placed = Set(rows.map { $0[0] })
      let lost = work.ids.subtracting(placed)
      #expect(lost.isEmpty, "acknowledged and lost")
      #expect(work.ids.count == work.count, "two creates were answered with one deployment")
    }

    private func expectAllFreed(_ cluster: String, by caller: Caller) async throws {
      let all = try await caller.allDeployments(
        ListDeploymentsRequest(states: [.scheduled], clusterID: cluster))
      _ = try await concurrently(over: all) { one in
        try await caller.deployments.cancelDeployment(CancelDeploymentRequest(id: one.id))
      }
      #expect(try await caller.cluster(cluster).allocated == Resources())
    }
  }
}
