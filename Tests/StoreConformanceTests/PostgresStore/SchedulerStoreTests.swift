internal import Domain
internal import PostgresStore
internal import TestSupport
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct SchedulerStoreTests {
  private static func queued(
    _ store: PostgresStore, _ cluster: Cluster, _ request: Resources, count: Int = 1,
    gpuModels: [String] = [], requested: ClusterID? = nil
  ) async throws -> [Deployment] {
    var made: [Deployment] = []
    for _ in 0..<count {
      made.append(
        try await store.queue(
          Make.deployment(
            cluster.organization, cluster: requested, request: request, gpuModels: gpuModels),
          idempotency: nil))
    }
    return made
  }

  // MARK: Terms

  @Test(arguments: Way.allCases)
  func `a new term fences every earlier one`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let first = try await store.beginTerm()
      let second = try await store.beginTerm()
      #expect(first < second)
      let deployment = try await Self.queued(store, cluster, Make.resources(cpu: 1))[0]
      let placement = Make.placement(deployment, on: cluster.id)
      #expect(
        try await store.scheduler.place([placement], epoch: first, now: Make.now) == .fenced)
      #expect(try await store.scheduler.place([], epoch: first, now: Make.now) == .fenced)
      #expect(
        try await store.scheduler.requeueLost(
          heardBefore: Make.now, retryAfter: { _ in .zero }, epoch: first, now: Make.now)
          == .fenced)
      #expect(try await store.scheduler.renewTerm(first, lease: .seconds(1)) == false)
      #expect(
        try await store.deployments.deployment(deployment.id, in: .all)?.state == .queued)
      #expect(try await store.scheduler.place([], epoch: second, now: Make.now) == .placed([]))
      #expect(
        try await store.scheduler.place([placement], epoch: second, now: Make.now)
          == .placed([deployment.id]))
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `a term is taken over only when its lease has run out`() async throws {
    try await StoreFixture.with { fixture in
      let scheduler = fixture.store.scheduler
      let (a, b): (ReplicaID, ReplicaID) = (Make.id(), Make.id())
      // Nobody led yet.
      let first = try await scheduler.takeOverExpired(.whole, replica: a, lease: .seconds(60))
      #expect(first != nil)
      #expect(try await scheduler.takeOverExpired(.whole, replica: b, lease: .seconds(60)) == nil)
      #expect(try await scheduler.terms()[0].leader == a)
      #expect(try await scheduler.renewTerm(try #require(first), lease: .milliseconds(1)))
      let second = try await eventually("the lease runs out") {
        try await scheduler.takeOverExpired(.whole, replica: b, lease: .seconds(60))
      }
      #expect(second > first!)
      #expect(try await scheduler.terms()[0].leader == b)
      #expect(try await scheduler.terms()[0].epoch == second)
      try await scheduler.endTerm(first!)
      #expect(try await scheduler.terms()[0].leader == b)
      try await scheduler.endTerm(second)
      #expect(try await scheduler.terms()[0].leader == nil)
      #expect(try await scheduler.takeOverExpired(.whole, replica: a, lease: .seconds(60)) != nil)
    }
  }

  @Test func `of many who take over one expired term exactly one leads`() async throws {
    try await StoreFixture.with { fixture in
      let scheduler = fixture.store.scheduler
      for _ in 0..<5 {
        let epochs: [Epoch] = try await withThrowingTaskGroup(of: Epoch?.self) { group in
          for _ in 0..<12 {
            group.addTask {
              try await scheduler.takeOverExpired(.whole, replica: Make.id(), lease: .seconds(60))
            }
          }
          return try await group.reduce(into: []) { if let epoch = $1 { $0.append(epoch) } }
        }
        #expect(epochs.count == 1)
        try await scheduler.endTerm(epochs[0])
      }
    }
  }

  @Test func `terms begun at once have different numbers`() async throws {
    try await StoreFixture.with { fixture in
      let scheduler = fixture.store.scheduler
      let epochs = try await withThrowingTaskGroup(of: Epoch.self) { group in
        for index in 0..<16 {
          group.addTask {
            if index.isMultiple(of: 2) {
              return try await fixture.store.beginTerm()
            }
            if let epoch = try await scheduler.takeOverExpired(
              .whole, replica: Make.id(), lease: .seconds(60))
            {
              return epoch
            }
            return try await fixture.store.beginTerm()
          }
        }
        return try await group.reduce(into: Set<Epoch>()) { $0.insert($1) }
      }
      #expect(epochs.count == 16)
      #expect(try await scheduler.terms()[0].epoch == epochs.max())
    }
  }

  // MARK: Placing

  @Test func `what no longer fits is left out and named, the rest is placed`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster(
        capacity: Make.resources(cpu: 3_000, memory: 3_000, gpu: 2_000))
      let other = try await store.makeCluster()
      let epoch = try await store.beginTerm()
      let small = try await Self.queued(
        store, cluster, Make.resources(cpu: 1_000, memory: 1_000), count: 4)
      let foreign = try await Self.queued(store, other, Make.resources(cpu: 1))[0]
      let bound = try await Self.queued(
        store, cluster, Make.resources(cpu: 1), requested: cluster.id)[0]
      let cancelled = try await Self.queued(store, cluster, Make.resources(cpu: 1))[0]
      _ = try await store.deployments.cancel(
        cancelled.id, in: .all, reason: "gone", now: Make.now)
      var placements = small.map { Make.placement($0, on: cluster.id) }
      placements += [
        Make.placement(foreign, on: cluster.id), Make.placement(bound, on: other.id),
        Make.placement(cancelled, on: cluster.id),
        Placement(deployment: Make.id(), attempt: 1, cluster: cluster.id, gpuDevices: []),
        Placement(deployment: small[0].id, attempt: 1, cluster: cluster.id, gpuDevices: []),
        Placement(deployment: bound.id, attempt: 2, cluster: cluster.id, gpuDevices: []),
        Placement(deployment: bound.id, attempt: 1, cluster: Make.id(), gpuDevices: []),
      ]
      let result = try await store.scheduler.place(placements, epoch: epoch, now: Make.now)
      #expect(result == .placed(Set(small[..<3].map(\.id))))
      let after = try await store.clusters.cluster(cluster.id, in: .all)
      #expect(after?.allocated == Make.resources(cpu: 3_000, memory: 3_000))
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `devices are held whole or in part, and never beyond their thousand`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster(
        capacity: Make.resources(cpu: 100_000, memory: 1 << 40, gpu: 3_000))
      _ = try await store.clusters.insert(
        Make.cluster(cluster.organization, gpuModel: "H100"))
      let epoch = try await store.beginTerm()
      func place(_ gpu: Int64, _ devices: [Int], models: [String] = []) async throws -> Bool {
        let deployment = try await Self.queued(
          store, cluster, Make.resources(cpu: 1, memory: 1, gpu: gpu), gpuModels: models)[0]
        let result = try await store.scheduler.place(
          [Make.placement(deployment, on: cluster.id, devices: devices)], epoch: epoch,
          now: Make.now)
        return result == .placed([deployment.id])
      }
      #expect(try await place(600, [1]))
      #expect(try await place(600, [1]) == false)
      #expect(try await place(400, [1]))
      #expect(try await place(1, [1]) == false)
      #expect(try await place(2_000, [0, 1]) == false)
      #expect(try await place(2_000, [0, 0]) == false)
      #expect(try await place(2_000, [0]) == false)
      #expect(try await place(1_000, [3]) == false)
      #expect(try await place(1_000, [-1]) == false)
      #expect(try await place(500, [0, 2]) == false)
      #expect(try await place(1_000, [0], models: ["H100"]) == false)
      #expect(try await place(2_000, [0, 2], models: ["H100", "A100"]))
      let after = try await store.clusters.cluster(cluster.id, in: .all)
      #expect(after?.gpuAllocated == [1_000, 1_000, 1_000])
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `a thousand placements are one transaction, and all are there`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster(
        capacity: Make.resources(cpu: 1_000_000, memory: 1 << 50, gpu: 8_000))
      let epoch = try await store.beginTerm()
      let deployments = try await withThrowingTaskGroup(of: Deployment.self) { group in
        for _ in 0..<1_000 {
          group.addTask {
            try await store.queue(
              Make.deployment(
                cluster.organization, request: Make.resources(cpu: 10, memory: 10, gpu: 8)),
              idempotency: nil)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let placements = deployments.enumerated().map { index, deployment in
        Make.placement(deployment, on: cluster.id, devices: [index % 8])
      }
      let result = try await store.scheduler.place(placements, epoch: epoch, now: Make.now)
      #expect(result == .placed(Set(deployments.map(\.id))))
      let after = try await store.clusters.cluster(cluster.id, in: .all)
      #expect(after?.gpuAllocated == Array(repeating: 1_000, count: 8))
      let rows = try await fixture.database.query(
        "SELECT count(DISTINCT changed_xid) FROM deployment_events WHERE state = 'scheduled'")
      #expect(rows == [["1"]])
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test(arguments: Way.allCases)
  func `what is not over is loaded in pages, each deployment once, whatever goes on`(
    way: Way
  ) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let capacity = Make.resources(cpu: 64_000, memory: 1 << 37)
      let cluster = try await store.makeCluster(capacity: capacity)
      let other = try await store.makeCluster()
      let epoch = try await store.beginTerm()
      var active: Set<DeploymentID> = []
      for _ in 0..<12 { active.insert(try await store.makePlaced(on: cluster, epoch: epoch).id) }
      for _ in 0..<13 {
        let queued = Make.deployment(other.organization)
        active.insert(try await store.queue(queued, idempotency: nil).id)
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for _ in 0..<30 {
            let placed = try await store.makePlaced(on: cluster, epoch: epoch)
            _ = try await store.deployments.cancel(
              placed.id, in: .all, reason: "next", now: Make.now)
          }
        }
        for _ in 0..<20 {
          var found: [DeploymentID] = []
          var last: Deployment?
          repeat {
            let page = try await store.scheduler.loadDeployments(
              of: .shard(.whole, guests: []), after: last, limit: 7)
            #expect(page.count <= 7)
            #expect(page.allSatisfy { $0.image.isEmpty && $0.request.cpu.value > 0 })
            #expect(page.allSatisfy { $0.state.holdsResources || $0.state == .queued })
            found += page.map(\.id)
            last = page.last
          } while last != nil
          #expect(Set(found).count == found.count)
          #expect(active.isSubset(of: found))
        }
        try await group.waitForAll()
      }
      let clusters = try await store.scheduler.loadClusters(of: .whole)
      #expect(clusters.map(\.id) == [cluster.id, other.id].sorted())
    }
  }

  // MARK: Lost agents

  @Test(arguments: Way.allCases)
  func `a lost agent's deployments go back or fail, others stay`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let lost = try await store.makeCluster()
      let alive = try await store.makeCluster()
      let never = try await store.makeCluster()
      let epoch = try await store.beginTerm()
      let location = AgentLocation(replica: Make.id(), address: "h:1")
      for cluster in [lost, alive] {
        try await store.agents.attach(
          cluster: cluster.id, session: 1, location: location, version: "1", engine: "simulated",
          now: Make.now)
      }
      let retried = try await store.makePlaced(on: lost, epoch: epoch)
      let last = try await store.makePlaced(on: lost, maxAttempts: 1, epoch: epoch)
      let kept = try await store.makePlaced(on: alive, epoch: epoch)
      let unattended = try await store.makePlaced(on: never, epoch: epoch)
      let deadline = Make.now + .seconds(30)
      #expect(
        try await store.agents.heartbeat([(alive.id, 1)], now: deadline) == [alive.id])
      #expect(
        try await store.scheduler.lostClusters(of: .whole, heardBefore: deadline) == [lost.id])
      let result = try await store.scheduler.requeueLost(
        heardBefore: deadline, retryAfter: { .seconds($0 * 10) }, epoch: epoch, now: deadline)
      #expect(result == .requeued(2, failed: 1))
      let back = try await store.deployments.deployment(retried.id, in: .all)
      #expect(back?.state == .queued)
      #expect(back?.notBefore == deadline + .seconds(10))
      #expect(try await store.deployments.deployment(last.id, in: .all)?.state == .failed)
      #expect(try await store.deployments.deployment(kept.id, in: .all) == kept)
      #expect(try await store.deployments.deployment(unattended.id, in: .all) == unattended)
      let again = try await store.scheduler.requeueLost(
        heardBefore: deadline, retryAfter: { _ in .zero }, epoch: epoch, now: deadline)
      #expect(again == .requeued(0))
      #expect(try await store.clusters.cluster(lost.id, in: .all)?.allocated == .zero)
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `status says who leads and how much waits and runs`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let nobody = try await store.scheduler.terms()[0]
      #expect(nobody.leader == nil)
      #expect(nobody.queued == 0)
      #expect(nobody.oldestQueuedAt == nil)
      let cluster = try await store.makeCluster()
      let replica: ReplicaID = Make.id()
      let epoch = try #require(
        try await store.scheduler.beginTerm(.whole, replica: replica, lease: .seconds(60)))
      _ = try await Self.queued(store, cluster, Make.resources(cpu: 1), count: 3)
      _ = try await store.makePlaced(on: cluster, epoch: epoch)
      let status = try await store.scheduler.terms()[0]
      #expect(
        status
          == TermStatus(
            leader: replica, epoch: epoch, queued: 3, holding: 1, oldestQueuedAt: Make.now))
    }
  }

  // MARK: Asking for the invariants

  @Test func `a table that was tampered with is told invariant by invariant`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let epoch = try await store.beginTerm()
      let placed = try await store.makePlaced(
        on: cluster, request: Make.resources(cpu: 1_000, memory: 1_000, gpu: 1_000),
        devices: [0], epoch: epoch)
      let queued = try await Self.queued(store, cluster, Make.resources(cpu: 1))[0]
      #expect(try await store.scheduler.violations() == [])
      func broken(_ sql: String, undo: String) async throws -> Set<String> {
        _ = try await fixture.database.query(sql)
        let violations = try await store.scheduler.violations()
        #expect(violations.allSatisfy { !$0.subject.isEmpty && !$0.detail.isEmpty })
        let found = Set(violations.map(\.invariant))
        _ = try await fixture.database.query(undo)
        return found
      }
      #expect(
        try await broken(
          "UPDATE clusters SET cpu_allocated = 999",
          undo: "UPDATE clusters SET cpu_allocated = 1000")
          == ["I1"])
      #expect(
        try await broken(
          "UPDATE clusters SET gpu_devices = '{999,0,0,1}'",
          undo: "UPDATE clusters SET gpu_devices = '{1000,0,0,0}'") == ["I1"])
      #expect(
        try await broken(
          "UPDATE deployments SET state = 'running' WHERE id = '\(placed.id)'",
          undo: "UPDATE deployments SET state = 'scheduled' WHERE id = '\(placed.id)'") == ["I2"])
      #expect(
        try await broken(
          """
          INSERT INTO idempotency_keys
          VALUES ('\(placed.organization)', '', '', '', '\(placed.organization)', now())
          """,
          undo: "DELETE FROM idempotency_keys") == ["I2"])
      #expect(
        try await broken(
          "UPDATE deployments SET requested_cluster = id WHERE id = '\(placed.id)'",
          undo: "UPDATE deployments SET requested_cluster = NULL WHERE id = '\(placed.id)'")
          == ["I3"])
      #expect(
        try await broken(
          """
          ALTER TABLE deployments DROP CONSTRAINT deployments_attempts;
          UPDATE deployments SET max_attempts = 0 WHERE id = '\(placed.id)'
          """,
          undo: "UPDATE deployments SET max_attempts = 3") == ["I4"])
      #expect(
        try await broken(
          "UPDATE deployment_events SET epoch = 99 WHERE epoch IS NOT NULL",
          undo: "UPDATE deployment_events SET epoch = \(epoch.value) WHERE epoch IS NOT NULL")
          == ["I5"])
      // It fits, an agent is there, and nothing happened for a long time (Make.now is long ago).
      #expect(
        try await broken(
          """
          INSERT INTO agent_sessions VALUES ('\(cluster.id)', '\(queued.id)', '\(queued.id)', 'a',
            'v', 'e', now() - interval '1 hour', now())
          """, undo: "DELETE FROM agent_sessions") == ["I6"])
      #expect(try await store.scheduler.violations() == [])
    }
  }
}
