internal import Domain
internal import PostgresStore
internal import TestSupport
internal import Testing

/// Gangs in PostgreSQL: created, placed, sent back and ended together.
@Suite(.timeLimit(.minutes(5))) struct GangStoreTests {
  private struct Scene {
    let store: PostgresStore
    let organization: OrganizationID
    let clusters: [Cluster]
    let epoch: Epoch

    init(_ store: PostgresStore, cpu: Int64 = 8_000) async throws {
      self.store = store
      organization = try await store.makeOrganization().organization.id
      var clusters: [Cluster] = []
      for _ in 0..<2 {
        clusters.append(
          try await store.clusters.insert(
            Make.cluster(
              organization, capacity: Make.resources(cpu: cpu, memory: 1 << 33, gpu: 2_000))))
      }
      self.clusters = clusters
      epoch = try await store.beginTerm()
    }

    func place(_ placements: [Placement]) async throws -> PlacementResult {
      try await store.scheduler.place(placements, epoch: epoch, now: Make.now)
    }

    func report(
      _ deployment: Deployment, _ outcome: AgentReport.Outcome, reason: String = "exited: code 1"
    ) async throws -> Deployment? {
      try await store.deployments.apply(
        AgentReport(
          deployment: deployment.id, attempt: deployment.attempt, outcome: outcome,
          reason: reason), cluster: deployment.placedCluster!, now: Make.now)
    }

    func allocated() async throws -> Int64 {
      var sum: Int64 = 0
      for cluster in clusters {
        sum += try await store.clusters.cluster(cluster.id, in: .all)!.allocated.cpu.value
      }
      return sum
    }
  }

  // MARK: Creating

  @Test(arguments: Way.allCases)
  func `a gang is created whole, its key leads to the first of it`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let scene = try await Scene(fixture.store)
      let deployments = fixture.store.deployments
      let gang = Make.gang(scene.organization, 3)
      let key = IdempotencyKey(key: "k", requestDigest: [1])
      #expect(try await deployments.insert(gang: gang, idempotency: key) == gang[0])
      #expect(try await fixture.store.all(of: gang) == gang)
      // Repeated, it makes nothing.
      let again = Make.gang(scene.organization, 3)
      #expect(try await deployments.insert(gang: again, idempotency: key)?.id == gang[0].id)
      #expect(try await deployments.deployment(again[1].id, in: .all) == nil)
      let page = try await deployments.deployments(
        DeploymentFilter(gang: gang[0].id), in: .organizations([scene.organization]),
        page: PageRequest(size: 10, token: nil))
      #expect(page.elements.map(\.id) == gang.map(\.id).reversed())
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `the queue's limit counts all of a gang, and so do quotas`() async throws {
    try await StoreFixture.with { fixture in
      let scene = try await Scene(fixture.store)
      var quota = OrganizationQuota(organization: scene.organization)
      quota.queuedLimit = 3
      quota.limit = ResourceCeiling(cpu: MilliCPU(3_000), memory: nil, gpu: nil)
      _ = try await fixture.store.quotas.setQuota(quota)
      let deployments = fixture.store.deployments
      #expect(
        try await deployments.insert(gang: Make.gang(scene.organization, 4), idempotency: nil)
          == nil)
      _ = try await fixture.store.queue(gang: Make.gang(scene.organization, 2))
      await #expect(throws: DomainError.self) {
        _ = try await deployments.insert(
          gang: Make.gang(scene.organization, 2), idempotency: nil)
      }
      let queued = try await fixture.database.query("SELECT count(*) FROM deployments")
      #expect(queued == [["2"]])
    }
  }

  @Test func `counts how many the empty clusters could hold at once`() async throws {
    try await StoreFixture.with { fixture in
      let scene = try await Scene(fixture.store)
      func most(_ request: Resources, on cluster: ClusterID? = nil) async throws -> Int {
        try await fixture.store.clusters.mostReplicas(
          of: request, gpuModels: [], in: scene.organization, on: cluster, limit: 64)
      }
      #expect(try await most(Make.resources(cpu: 3_000, memory: 1)) == 4)
      #expect(try await most(Make.resources(cpu: 1, memory: 1)) == 64)
      #expect(try await most(Make.resources(cpu: 1, memory: 1, gpu: 600)) == 4)
      #expect(try await most(Make.resources(cpu: 1, memory: 1, gpu: 300)) == 12)
      #expect(
        try await most(Make.resources(cpu: 1, memory: 1, gpu: 1_000), on: scene.clusters[0].id)
          == 2)
      #expect(try await most(Make.resources(cpu: 9_000, memory: 1)) == 0)
    }
  }

  // MARK: Placing

  @Test(arguments: Way.allCases)
  func `a gang of which one is left out is left out whole, and others go on`(way: Way) async throws
  {
    try await StoreFixture.with(way) { fixture in
      let scene = try await Scene(fixture.store)
      let cluster = scene.clusters[0].id
      let gang = try await fixture.store.queue(gang: Make.gang(scene.organization, 3))
      let other = try await fixture.store.queue(
        Make.deployment(scene.organization), idempotency: nil)
      let (first, second) = (
        Make.placement(gang[0], on: cluster), Make.placement(gang[1], on: cluster)
      )
      // Not all of it is there; one has no room; one is of a wrong attempt.
      let wrong = [
        [first, second],
        [first, second, Make.placement(gang[2], on: cluster, devices: [0])],
        [
          first, second,
          Placement(deployment: gang[2].id, attempt: 2, cluster: cluster, gpuDevices: []),
        ],
        [first, second, second],
      ]
      for placements in wrong { #expect(try await scene.place(placements) == .placed([])) }
      #expect(try await scene.allocated() == 0)
      let result = try await scene.place(
        [first, Make.placement(other, on: cluster), second])
      #expect(result == .placed([other.id]))
      #expect(
        try await scene.place([first, second, Make.placement(gang[2], on: scene.clusters[1].id)])
          == .placed(Set(gang.map(\.id))))
      #expect(try await scene.allocated() == 4_000)
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `room for all but one is no room`() async throws {
    try await StoreFixture.with { fixture in
      let scene = try await Scene(fixture.store)
      let gang = try await fixture.store.queue(
        gang: Make.gang(
          scene.organization, 3, request: Make.resources(cpu: 3_000, memory: 1 << 30)))
      let on = [0, 0, 0].map { scene.clusters[$0].id }
      let together = zip(gang, on).map { Make.placement($0, on: $1) }
      #expect(try await scene.place(together) == .placed([]))
      let apart = zip(gang, [0, 0, 1]).map { Make.placement($0, on: scene.clusters[$1].id) }
      #expect(try await scene.place(apart) == .placed(Set(gang.map(\.id))))
    }
  }

  // MARK: Ending

  @Test(arguments: Way.allCases)
  func `whichever is cancelled or completed, all end and free what they hold`(way: Way) async throws
  {
    try await StoreFixture.with(way) { fixture in
      let scene = try await Scene(fixture.store)
      let deployments = fixture.store.deployments
      let queued = try await fixture.store.queue(gang: Make.gang(scene.organization, 3))
      let cancelled = try await deployments.cancel(
        queued[1].id, in: .all, reason: "cancelled by ada", now: Make.now)
      #expect(cancelled?.id == queued[1].id && cancelled?.reason == "cancelled by ada")
      let ended = try await fixture.store.all(of: queued)
      #expect(ended.allSatisfy { $0.state == .cancelled })
      #expect(ended[0].reason == "replica 1: cancelled by ada")
      let placed = try await fixture.store.makePlaced(
        gang: Make.gang(
          scene.organization, 3, request: Make.resources(cpu: 1_000, memory: 1, gpu: 500)),
        on: scene.clusters, epoch: scene.epoch, devices: [[0], [0], [1]])
      #expect(try await scene.allocated() == 3_000)
      _ = try await deployments.complete(
        placed[2].id, in: .organizations([scene.organization]), reason: "completed", now: Make.now)
      #expect(try await fixture.store.all(of: placed).allSatisfy { $0.state == .completed })
      #expect(try await scene.allocated() == 0)
      // Once more is no error.
      #expect(
        try await deployments.complete(placed[0].id, in: .all, reason: "", now: Make.now)?.state
          == .completed)
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test(arguments: Way.allCases)
  func `when one fails all go back to the queue, until no attempt is left`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let scene = try await Scene(fixture.store)
      let placed = try await fixture.store.makePlaced(
        gang: Make.gang(scene.organization, 3, maxAttempts: 2), on: scene.clusters,
        epoch: scene.epoch)
      _ = try await scene.report(placed[0], .running, reason: "")
      let retryAt = Make.now + .seconds(3)
      let failed = try await scene.report(
        placed[1], .failed(exitCode: 7, retryAt: retryAt))
      #expect(failed?.state == .queued && failed?.exitCode == 7)
      let back = try await fixture.store.all(of: placed)
      #expect(back.allSatisfy { $0.state == .queued && $0.notBefore == retryAt })
      #expect(back[0].reason == "replica 1: exited: code 1" && back[0].exitCode == nil)
      #expect(back.map(\.updatedAt) == Array(repeating: back[0].updatedAt, count: 3))
      #expect(try await scene.allocated() == 0)
      // What another reports of that attempt is out of date.
      #expect(try await scene.report(placed[2], .running) == nil)
      let placements = back.map { Make.placement($0, on: scene.clusters[0].id) }
      #expect(try await scene.place(placements) == .placed(Set(back.map(\.id))))
      let again = try await fixture.store.all(of: back)
      _ = try await scene.report(again[2], .failed(exitCode: 7, retryAt: retryAt))
      #expect(try await fixture.store.all(of: again).allSatisfy { $0.state == .failed })
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `one completes by itself; when another fails then the rest fails`() async throws {
    try await StoreFixture.with { fixture in
      let scene = try await Scene(fixture.store)
      let placed = try await fixture.store.makePlaced(
        gang: Make.gang(scene.organization, 3), on: scene.clusters, epoch: scene.epoch)
      _ = try await scene.report(placed[0], .completed(exitCode: 0))
      #expect(
        try await fixture.store.all(of: placed).map(\.state) == [
          .completed, .scheduled, .scheduled,
        ])
      _ = try await scene.report(placed[1], .failed(exitCode: 1, retryAt: Make.now))
      #expect(
        try await fixture.store.all(of: placed).map(\.state) == [.completed, .failed, .failed])
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `with one that is lost, preempted or out of time all go`() async throws {
    try await StoreFixture.with { fixture in
      let (store, database) = (fixture.store, fixture.database)
      let scene = try await Scene(store)
      // Preempted.
      let victims = try await store.makePlaced(
        gang: Make.gang(scene.organization, 2), on: scene.clusters, epoch: scene.epoch)
      var urgent = Make.deployment(scene.organization, priority: 9)
      urgent.terms.preempts = true
      urgent = try await store.queue(urgent, idempotency: nil)
      let preemption = Preemption(
        deployment: urgent.id, attempt: 1, cluster: scene.clusters[1].id,
        victims: [Preemption.Victim(deployment: victims[1].id, attempt: 1)])
      guard
        case .moved(let moved) = try await store.scheduler.preempt(
          [preemption], retryAfter: { _ in .zero }, epoch: scene.epoch, now: Make.now)
      else {
        Issue.record("fenced")
        return
      }
      #expect(Set(moved.map(\.id)) == Set(victims.map(\.id)))
      #expect(moved.allSatisfy { $0.state == .queued })
      // Lost: the agent of one cluster; all of several gangs in one statement.
      var lost: [Deployment] = []
      for _ in 0..<2 {
        lost += try await store.makePlaced(
          gang: Make.gang(scene.organization, 3), on: scene.clusters, epoch: scene.epoch)
      }
      try await store.agents.attach(
        cluster: scene.clusters[0].id, session: Nonce(1),
        location: AgentLocation(replica: Make.id(), address: "a"), version: "1", engine: "e",
        now: Make.now + .seconds(1))
      let result = try await store.scheduler.requeueLost(
        heardBefore: Make.now + .seconds(60), retryAfter: { _ in .zero }, epoch: scene.epoch,
        now: Make.now + .seconds(60))
      #expect(result != .fenced)
      #expect(try await store.all(of: lost).allSatisfy { $0.state == .queued })
      // Out of time, by the first.
      var limited = Make.gang(scene.organization, 2)
      for index in limited.indices { limited[index].terms.timeToLive = .seconds(1) }
      _ = try await store.queue(gang: limited)
      let expiration = Expiration(
        deployment: limited[0].id, attempt: 0, cluster: nil, cause: .queueTimeout)
      guard
        case .moved(let expired) = try await store.scheduler.expire(
          [expiration], epoch: scene.epoch, now: Make.now + .seconds(60))
      else {
        Issue.record("fenced")
        return
      }
      #expect(Set(expired.map(\.id)) == Set(limited.map(\.id)))
      #expect(expired.allSatisfy { $0.state == .failed })
      #expect(try await scene.allocated() == 0)
      #expect(try await fixture.brokenInvariants() == [])
      #expect(
        try await database.query("SELECT count(*) FROM deployments WHERE gang_id IS NULL") == [
          ["1"]
        ])
    }
  }

  @Test func `a change while queued is one of all`() async throws {
    try await StoreFixture.with { fixture in
      let scene = try await Scene(fixture.store)
      let gang = try await fixture.store.queue(gang: Make.gang(scene.organization, 3))
      var changed = gang[1]
      changed.priority = 7
      changed.request.cpu = MilliCPU(2_000)
      changed.updatedAt = Make.now + .seconds(1)
      let updated = try await fixture.store.deployments.update(changed, from: gang[1], in: .all)
      #expect(updated?.id == gang[1].id)
      let all = try await fixture.store.all(of: gang)
      #expect(all.allSatisfy { $0.priority == 7 && $0.request.cpu == MilliCPU(2_000) })
      // By what it was before nothing is changed any more.
      #expect(
        try await fixture.store.deployments.update(changed, from: gang[0], in: .all) == nil)
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  // MARK: Races

  @Test(arguments: Way.allCases)
  func `whatever happens to a gang at once, it is queued whole or not at all`(way: Way) async throws
  {
    let seed = TestSeed.draw("GangStoreTests")
    try await StoreFixture.with(way) { fixture in
      let scene = try await Scene(fixture.store, cpu: 100_000)
      let store = fixture.store
      let counts = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
        for worker in 0..<6 {
          group.addTask {
            var random = SeededRandom(seed: seed.value &+ UInt64(worker))
            var counts = (placed: 0, ended: 0)
            for _ in 0..<12 {
              let gang = try await store.queue(
                gang: Make.gang(
                  scene.organization, 4, request: Make.resources(cpu: 10, memory: 1),
                  maxAttempts: 4))
              for _ in 0..<4 {
                try await Self.disturb(gang, scene, &random, &counts)
              }
            }
            return counts
          }
        }
        group.addTask {
          for _ in 0..<40 {
            let broken = try await fixture.brokenInvariants()
            #expect(broken == [], "\(seed)")
          }
          return (0, 0)
        }
        return try await group.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
      }
      #expect(counts.0 > 20 && counts.1 > 20, "\(counts) with \(seed)")
      #expect(try await fixture.brokenInvariants() == [], "\(seed)")
      let mixed = try await fixture.database.query(
        """
        SELECT gang_id FROM deployments GROUP BY gang_id
        HAVING count(*) FILTER (WHERE state = 'queued') NOT IN (0, 4)
        """)
      #expect(mixed == [], "\(seed)")
    }
  }

  /// All at once: it is placed, reports come in from its members, its caller cancels it.
  private static func disturb(
    _ gang: [Deployment], _ scene: Scene, _ random: inout SeededRandom,
    _ counts: inout (placed: Int, ended: Int)
  ) async throws {
    let known = try await scene.store.all(of: gang)
    let ways = known.map { _ in Int.random(in: 0..<20, using: &random) }
    let ends = ways[0] < 2
    let results = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
      group.addTask {
        let placements = known.enumerated().map { index, member in
          Make.placement(member, on: scene.clusters[index % 2].id)
        }
        let result = try await scene.place(placements)
        return (result == .placed(Set(gang.map(\.id))) ? 1 : 0, 0)
      }
      for (member, way) in zip(known, ways) where member.state.holdsResources {
        group.addTask {
          let outcome: AgentReport.Outcome =
            switch way {
            case ..<8: .running
            case ..<16: .failed(exitCode: 1, retryAt: Make.now)
            case ..<18: .completed(exitCode: 0)
            default: .starting
            }
          return (0, try await scene.report(member, outcome) == nil ? 0 : 1)
        }
      }
      if ends {
        group.addTask {
          _ = try await scene.store.deployments.cancel(
            gang[3].id, in: .all, reason: "cancelled", now: Make.now)
          return (0, 1)
        }
      }
      return try await group.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
    }
    counts.placed += results.0
    counts.ended += results.1
  }
}
