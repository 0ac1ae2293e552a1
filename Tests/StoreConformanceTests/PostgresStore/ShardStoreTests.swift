internal import Domain
internal import PostgresStore
internal import TestSupport
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct ShardStoreTests {
  private static let request = Make.resources(cpu: 1)

  /// A cluster whose owner is of that shard.
  private static func cluster(in shard: Shard, _ store: PostgresStore) async throws -> Cluster {
    for _ in 0..<1_000 {
      let cluster = try await store.makeCluster()
      if shard.contains(cluster.organization) { return cluster }
    }
    throw DomainError.internal("no organization of shard \(shard)")
  }

  private static func divided(
    into shards: Int, _ store: PostgresStore
  ) async throws -> [(shard: Shard, cluster: Cluster)] {
    #expect(try await store.scheduler.divide(into: shards) == shards)
    var made: [(shard: Shard, cluster: Cluster)] = []
    for index in 0..<shards {
      let shard = Shard(index, of: shards)
      made.append((shard, try await cluster(in: shard, store)))
    }
    return made
  }

  @Test func `PostgreSQL and the domain say the same of which shard an organization is`()
    async throws
  {
    try await StoreFixture.with { fixture in
      for count in [1, 2, 6, 64] {
        for _ in 0..<50 {
          let id: OrganizationID = Make.id()
          let rows = try await fixture.database.query("SELECT shard_of('\(id)', \(count))")
          let index = try #require(Int(rows[0][0]))
          #expect(Shard(index, of: count).contains(id))
        }
      }
    }
  }

  @Test(arguments: Way.allCases)
  func `a term writes of its own shard alone, and a new term of it ends no other`(way: Way)
    async throws
  {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let parts = try await Self.divided(into: 2, store)
      let epochs = [
        try await store.beginTerm(parts[0].shard), try await store.beginTerm(parts[1].shard),
      ]
      func queued(_ index: Int) async throws -> Deployment {
        try await store.queue(
          Make.deployment(parts[index].cluster.organization, request: Self.request),
          idempotency: nil)
      }
      let (here, there) = (try await queued(0), try await queued(1))
      // The fence of shard 0 lets nothing be placed on shard 1's cluster.
      let both = [
        Make.placement(here, on: parts[0].cluster.id),
        Make.placement(there, on: parts[1].cluster.id),
      ]
      #expect(
        try await store.scheduler.place(both, epoch: epochs[0], now: Make.now)
          == .placed([here.id]))
      #expect(
        try await store.scheduler.place(both, epoch: epochs[1], now: Make.now)
          == .placed([there.id]))
      // A new term of one shard leaves the other's alone.
      let next = try await store.beginTerm(parts[0].shard)
      #expect(next > epochs[1])
      #expect(try await store.scheduler.place([], epoch: epochs[0], now: Make.now) == .fenced)
      #expect(try await store.scheduler.place([], epoch: epochs[1], now: Make.now) == .placed([]))
      #expect(try await store.scheduler.renewTerm(epochs[1], lease: .seconds(60)))
      #expect(try await store.scheduler.terms().map(\.epoch) == [next, epochs[1]])
      #expect(try await store.scheduler.terms().map(\.holding) == [1, 1])
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `two shards place at the same time, a guest's deployments once`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let parts = try await Self.divided(into: 2, store)
      let guest = parts[0].cluster.organization
      try await store.quotas.setQuota(
        ClusterQuota(organization: guest), on: parts[1].cluster.id, in: .all)
      #expect(try await store.quotas.acceptQuota(of: guest, on: parts[1].cluster.id))
      let epochs = [
        try await store.beginTerm(parts[0].shard), try await store.beginTerm(parts[1].shard),
      ]
      var placed = [0, 0]
      for _ in 0..<20 {
        var batch: [Deployment] = []
        for _ in 0..<8 {
          batch.append(
            try await store.queue(
              Make.deployment(guest, request: Self.request), idempotency: nil))
        }
        let made = batch
        let results = try await withThrowingTaskGroup(of: (Int, PlacementResult).self) { group in
          for index in 0..<2 {
            group.addTask {
              (
                index,
                try await store.scheduler.place(
                  made.map { Make.placement($0, on: parts[index].cluster.id) },
                  epoch: epochs[index], now: Make.now)
              )
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        var all: [DeploymentID] = []
        for (index, result) in results {
          guard case .placed(let ids) = result else { throw NotPlaced(result: result) }
          placed[index] += ids.count
          all += ids
        }
        #expect(all.count == made.count && Set(all) == Set(made.map(\.id)))
      }
      #expect(placed.reduce(0, +) == 160)
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `time limits, lost agents and reservations are of one shard`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let parts = try await Self.divided(into: 2, store)
      let epochs = [
        try await store.beginTerm(parts[0].shard), try await store.beginTerm(parts[1].shard),
      ]
      var holding: [Deployment] = []
      for (index, part) in parts.enumerated() {
        holding.append(
          try await store.makePlaced(on: part.cluster, request: Self.request, epoch: epochs[index]))
        _ = try await fixture.database.query(
          """
          INSERT INTO agent_sessions VALUES ('\(part.cluster.id)', '\(part.cluster.id)',
            '\(part.cluster.id)', 'a', 'v', 'e', '2020-01-01', '2020-01-01')
          """)
        #expect(
          try await store.scheduler.lostClusters(of: part.shard, heardBefore: Make.now)
            == [part.cluster.id])
        #expect(
          try await store.scheduler.loadClusters(of: part.shard).contains {
            $0.id == part.cluster.id
          })
      }
      // Queued, out of time.
      var waits = Make.deployment(parts[1].cluster.organization, request: Self.request)
      waits.terms.timeToLive = .seconds(1)
      waits = try await store.queue(waits, idempotency: nil)
      let expiration = Expiration(
        deployment: waits.id, attempt: 0, cluster: nil, cause: .queueTimeout)
      let later = Make.now + .seconds(60)
      #expect(
        try await store.scheduler.expire([expiration], epoch: epochs[0], now: later)
          == .moved([]))
      guard
        case .moved(let moved) = try await store.scheduler.expire(
          [expiration], epoch: epochs[1], now: later)
      else { throw DomainError.internal("fenced") }
      #expect(moved.map(\.id) == [waits.id])
      // Each leader keeps room on its own clusters, and voids no other's.
      for (index, part) in parts.enumerated() {
        let kept = KeptRoom(
          cluster: part.cluster.id, deployment: waits.id, gpuDevices: [],
          backfilledCPU: MilliCPU(0), backfilledMemory: Bytes(0))
        let changes = ReservationChanges(isReset: true, kept: [kept])
        #expect(try await store.scheduler.writeReservations(changes, epoch: epochs[index]))
      }
      func kept() async throws -> Set<String> {
        Set(try await fixture.database.query("SELECT cluster_id FROM reservations").map { $0[0] })
      }
      #expect(try await kept() == Set(parts.map { "\($0.cluster.id)" }))
      let void = ReservationChanges(isReset: true, dropped: [parts[1].cluster.id])
      #expect(try await store.scheduler.writeReservations(void, epoch: epochs[0]))
      #expect(try await kept() == ["\(parts[1].cluster.id)"])
      // Lost agents.
      let result = try await store.scheduler.requeueLost(
        heardBefore: later, retryAfter: { _ in .zero }, epoch: epochs[0], now: later)
      #expect(result == .requeued(1))
      #expect(
        try await store.deployments.deployment(holding[0].id, in: .all)?.state == .queued)
      #expect(
        try await store.deployments.deployment(holding[1].id, in: .all)?.state == .scheduled)
      #expect(try await fixture.brokenInvariants().filter { !$0.hasPrefix("I6") } == [])
    }
  }

  @Test func `a leader loads its organizations' deployments and its guests', page by page`()
    async throws
  {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let parts = try await Self.divided(into: 2, store)
      var made: [[DeploymentID]] = [[], []]
      for index in 0..<2 {
        for _ in 0..<9 {
          made[index].append(
            try await store.queue(
              Make.deployment(parts[index].cluster.organization, request: Self.request),
              idempotency: nil
            ).id)
        }
      }
      func load(_ part: QueuePart) async throws -> Set<DeploymentID> {
        var all: [DeploymentID] = []
        var last: Deployment?
        repeat {
          let page = try await store.scheduler.loadDeployments(of: part, after: last, limit: 4)
          all += page.map(\.id)
          last = page.count < 4 ? nil : page.last
        } while last != nil
        #expect(Set(all).count == all.count)
        return Set(all)
      }
      let guest = parts[1].cluster.organization
      #expect(try await load(.shard(parts[0].shard, guests: [])) == Set(made[0]))
      #expect(try await load(.shard(parts[0].shard, guests: [guest])) == Set(made[0] + made[1]))
      #expect(try await load(.organizations([guest])) == Set(made[1]))
      #expect(try await load(.organizations([])) == [])
      #expect(try await load(.shard(.whole, guests: [])) == Set(made[0] + made[1]))
    }
  }

  @Test func `another number of shards ends every term; whoever knows only the old one waits`()
    async throws
  {
    try await StoreFixture.with { fixture in
      let (store, scheduler) = (fixture.store, fixture.store.scheduler)
      #expect(try await scheduler.setShards(3, onlyAtFirst: true) == 3, "nobody led yet")
      #expect(try await scheduler.setShards(2, onlyAtFirst: true) == 2)
      let old = try await store.beginTerm(Shard(1, of: 2))
      #expect(try await scheduler.setShards(4, onlyAtFirst: true) == 2, "somebody has led")
      #expect(try await scheduler.place([], epoch: old, now: Make.now) == .placed([]))
      #expect(try await scheduler.divide(into: 4) == 4)
      #expect(try await scheduler.place([], epoch: old, now: Make.now) == .fenced)
      #expect(try await scheduler.renewTerm(old, lease: .seconds(9)) == false)
      #expect(
        try await scheduler.beginTerm(Shard(1, of: 2), replica: Make.id(), lease: .seconds(9))
          == nil)
      #expect(
        try await scheduler.takeOverExpired(
          Shard(1, of: 2), replica: Make.id(), lease: .seconds(9)) == nil)
      #expect(
        try await scheduler.takeOverExpired(
          Shard(3, of: 4), replica: Make.id(), lease: .seconds(9)) != nil)
      #expect(try await scheduler.divide(into: 1) == 1)
      let last = try await store.beginTerm()
      #expect(last > old)
      #expect(try await scheduler.terms().map(\.epoch) == [last])
      // Changes at once leave one number behind.
      try await withThrowingTaskGroup(of: Void.self) { group in
        for count in 1...8 {
          group.addTask { _ = try await scheduler.divide(into: count) }
        }
        try await group.waitForAll()
      }
      let shards = try await scheduler.terms().map(\.shard)
      #expect(shards == shards.indices.map { Shard($0, of: shards.count) })
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `the roster counts who was heard lately, and what nobody leads for long`()
    async throws
  {
    try await StoreFixture.with { fixture in
      let scheduler = fixture.store.scheduler
      let life = Duration.seconds(60)
      let ids = (0..<3).map { ReplicaID(UInt128($0 + 1)) }
      for (index, id) in ids.enumerated() {
        #expect(
          try await scheduler.checkIn(replica: id, livesFor: life)
            == SchedulerRoster(
              shards: 1, replicas: index + 1, rank: index, abandoned: [0]))
      }
      let epoch = try await fixture.store.beginTerm()
      #expect(try await scheduler.checkIn(replica: ids[1], livesFor: life).abandoned == [])
      // It ended just now: that is not long.
      try await scheduler.endTerm(epoch)
      #expect(try await scheduler.checkIn(replica: ids[1], livesFor: life).abandoned == [])
      _ = try await eventually("it is abandoned, and the others are not heard") {
        let roster = try await scheduler.checkIn(replica: ids[1], livesFor: .milliseconds(50))
        return roster.abandoned == [0] && roster.replicas == 1 && roster.rank == 0 ? roster : nil
      }
      try await scheduler.checkOut(replica: ids[1])
      #expect(try await scheduler.checkIn(replica: ids[2], livesFor: life).replicas == 2)
      _ = try await fixture.database.query(
        "UPDATE scheduler_replicas SET seen_at = seen_at - interval '2 hours'")
      _ = try await scheduler.checkIn(replica: ids[2], livesFor: life)
      #expect(
        try await fixture.database.query("SELECT count(*) FROM scheduler_replicas") == [["1"]],
        "the dead are forgotten")
    }
  }

  @Test func `I5 is asked shard by shard, and of every change of their number`() async throws {
    try await StoreFixture.with { fixture in
      let (store, scheduler) = (fixture.store, fixture.store.scheduler)
      let parts = try await Self.divided(into: 2, store)
      let late = try await store.beginTerm(parts[0].shard)
      let early = try await store.beginTerm(parts[1].shard)
      // Of two shards the epochs may go up and down.
      let first = try await store.makePlaced(
        on: parts[1].cluster, request: Self.request, epoch: early)
      _ = try await store.makePlaced(on: parts[0].cluster, request: Self.request, epoch: late)
      #expect(try await scheduler.violations() == [])
      let next = try await store.beginTerm(parts[1].shard)
      _ = try await store.makePlaced(on: parts[1].cluster, request: Self.request, epoch: next)
      func stale(_ epoch: Epoch) async throws -> [String] {
        _ = try await fixture.database.query(
          """
          INSERT INTO deployment_events (deployment_id, at, epoch, attempt, state, reason)
          VALUES ('\(first.id)', now(), \(epoch.value), 1, 'scheduled', '')
          """)
        let found = try await scheduler.violations().map(\.detail)
        _ = try await fixture.database.query(
          "DELETE FROM deployment_events WHERE reason = ''")
        return found
      }
      #expect(try await stale(early).count == 1, "after one of its own shard")
      #expect(try await stale(late) == [])
      #expect(try await scheduler.divide(into: 3) == 3)
      let shard = try #require(
        (0..<3).map { Shard($0, of: 3) }.first {
          $0.contains(parts[0].cluster.organization)
        })
      let newest = try await store.beginTerm(shard)
      _ = try await store.makePlaced(on: parts[0].cluster, request: Self.request, epoch: newest)
      #expect(try await scheduler.violations() == [])
      #expect(
        try await stale(next).contains { $0.contains("after the number of shards had changed") })
    }
  }
}
