import Testing

@testable import Domain

@Suite struct SchedulersTests {
  private let stage = SchedulingStage()
  /// 0xa is of shard 0 of two, 0xb of shard 1.
  private let even = Fixtures.organization
  private let odd = Fixtures.other

  private func divide(into shards: Int) {
    stage.world.with { state in
      state.terms = Array(repeating: .init(), count: shards)
    }
  }

  private func queue(
    _ organization: OrganizationID, cpu: Int64 = 1_000, cluster: ClusterID? = nil
  ) -> DeploymentID {
    let deployment = stage.fixtures.deployment(
      cpu: cpu, cluster: cluster, createdAt: stage.time.now(), organization: organization)
    stage.world.queue(deployment)
    return deployment.id
  }

  private func led(_ replica: Schedulers) -> [Int] {
    replica.statuses.indices.filter { replica.statuses[$0].isLeading }
  }

  private func isEven(_ replicas: [Schedulers], _ shards: Int) -> Bool {
    let all = replicas.flatMap(led)
    let counts = replicas.map { led($0).count }
    return all.count == shards && Set(all).count == shards
      && counts.max()! - counts.min()! <= 1
  }

  @Test func `each shard places on its own clusters`() {
    divide(into: 2)
    let clusters = [even, odd].map { stage.fixtures.cluster(organization: $0) }
    for cluster in clusters { stage.world.add(cluster) }
    let replica = stage.startReplica(1)
    let ids = [queue(even), queue(odd)]
    stage.pass(.seconds(2))
    #expect(led(replica) == [0, 1])
    #expect(ids.map { stage.world[$0]?.placedCluster } == clusters.map(\.id))
    let statuses = replica.statuses
    #expect(statuses.map(\.metrics.placed) == [1, 1], "each by its own leader")
    #expect(statuses.map(\.metrics.holding) == [1, 1], "neither is told of the other's")
    #expect(statuses.map(\.metrics.refused) == [0, 0])
    #expect(stage.world.violations == [])
  }

  @Test func `replicas share the shards evenly, a new one gets its part, a dead one's move`() {
    divide(into: 6)
    let first = stage.startReplica(1)
    stage.pass(.seconds(2))
    #expect(led(first) == Array(0..<6), "alone it leads all")
    let second = stage.startReplica(2)
    #expect(
      stage.passUntil(within: .seconds(7)) { isEven([first, second], 6) } != nil,
      "within ttl + 2 s")
    let third = stage.startReplica(3)
    #expect(stage.passUntil(within: .seconds(7)) { isEven([first, second, third], 6) } != nil)
    let begun = [first, second, third].flatMap(\.statuses).reduce(0) { $0 + $1.metrics.termsBegun }
    stage.pass(.seconds(60))
    #expect(isEven([first, second, third], 6))
    let later = [first, second, third].flatMap(\.statuses).reduce(0) { $0 + $1.metrics.termsBegun }
    #expect(later == begun, "and there it rests")
    third.stop()
    #expect(stage.passUntil(within: .seconds(2)) { isEven([first, second], 6) } != nil)
  }

  @Test func `a dead replica's shards move within its ttl and two seconds`() {
    divide(into: 6)
    // Replica 9 leads 1, 3 and 5 and is never heard again.
    stage.world.with { state in
      state.replicas[ReplicaID(9)] = .zero
      for shard in [1, 3, 5] {
        state.terms[shard] = .init(
          epoch: Int64(shard), leader: ReplicaID(9), endsAt: .seconds(5))
      }
    }
    stage.leases.with { state in
      for shard in [1, 3, 5] { state.holders["berth:scheduler:\(shard)"] = (9, .seconds(5)) }
    }
    let replicas = [stage.startReplica(1), stage.startReplica(2)]
    stage.pass(.seconds(3))
    #expect(Set(replicas.flatMap(led)) == [0, 2, 4])
    #expect(stage.passUntil(within: .seconds(4)) { isEven(replicas, 6) } != nil)
  }

  @Test func `a shard that nobody takes for long is taken whatever the balance`() {
    divide(into: 2)
    let first = stage.startReplica(1)
    stage.pass(.seconds(2))
    // It is heard, but never leads.
    let time = stage.time
    let world = stage.world
    stage.spawn {
      while (try? await time.sleep(for: .milliseconds(500))) != nil {
        world.with { $0.replicas[ReplicaID(2)] = time.elapsed }
      }
    }
    #expect(stage.passUntil(within: .seconds(3)) { led(first).count == 1 } != nil)
    #expect(stage.passUntil(within: .seconds(10)) { led(first).count == 2 } != nil)
  }

  @Test func `while Redis is away each shard goes on, and a dead one's is taken over`() {
    divide(into: 2)
    stage.leases.with { $0.isAway = true }
    let first = stage.startReplica(1)
    stage.pass(.seconds(2))
    #expect(led(first) == [0, 1])
    let second = stage.startReplica(2)
    #expect(stage.passUntil(within: .seconds(7)) { isEven([first, second], 2) } != nil)
    second.stop()
    #expect(stage.passUntil(within: .seconds(2)) { led(first) == [0, 1] } != nil)
  }

  @Test func `when the number of shards changes, terms end and as many begin`() async throws {
    stage.world.add(stage.fixtures.cluster(organization: even))
    stage.world.add(stage.fixtures.cluster(organization: odd))
    let replica = stage.startReplica(1)
    stage.pass(.seconds(1))
    #expect(led(replica) == [0])
    let old = Epoch(stage.world.with { $0.epoch })
    let world = stage.world
    let count = await stage.call { try? await world.divide(into: 4) }
    #expect(count == 4)
    #expect(stage.passUntil(within: .seconds(3)) { led(replica) == [0, 1, 2, 3] } != nil)
    let isOld = await stage.call { try? await world.renewTerm(old, lease: .seconds(5)) }
    #expect(isOld == false)
    let ids = [queue(even), queue(odd)]
    stage.pass(.seconds(2))
    #expect(ids.allSatisfy { stage.world[$0]?.state == .scheduled })
    await #expect(throws: DomainError.invalid([Violation("shards", "must be 1 to 64")])) {
      _ = try await world.divide(into: 65)
    }
  }

  // MARK: - Guests

  private func share(_ cluster: Cluster, with guest: OrganizationID) {
    var shared = cluster
    shared.quotas = [ClusterQuota(organization: guest, isAccepted: true)]
    stage.world.add(shared)
    stage.broadcast.publish(.changed)
  }

  @Test func `what a replica has counted goes on counting when the number of shards changes`()
    async throws
  {
    stage.world.add(stage.fixtures.cluster(organization: even))
    let replica = stage.startReplica(1)
    _ = queue(even)
    stage.pass(.seconds(2))
    #expect(replica.metrics.placed == 1)
    #expect(replica.metrics.waits.count == 1)
    let world = stage.world
    _ = await stage.call { try? await world.divide(into: 2) }
    #expect(stage.passUntil(within: .seconds(3)) { led(replica) == [0, 1] } != nil)
    #expect(replica.metrics.placed == 1)
    #expect(replica.metrics.termsBegun == 3)
    #expect(replica.metrics.holding == 1, "what is not any more holds nothing")
    _ = queue(even)
    stage.pass(.seconds(2))
    #expect(replica.metrics.placed == 2)
    #expect(replica.metrics.holding == 2)
    #expect(replica.statuses.map(\.holdsLock) == [true, true])
  }

  @Test func `a guest of another shard is placed by its host's, what waited before the share too`()
  {
    divide(into: 2)
    let host = stage.fixtures.cluster(organization: odd)
    stage.world.add(host)
    let replica = stage.startReplica(1)
    let early = queue(even)
    stage.pass(.seconds(2))
    #expect(stage.world[early]?.state == .queued)
    share(host, with: even)
    stage.pass(.seconds(2))
    let late = queue(even)
    stage.pass(.seconds(2))
    #expect([early, late].map { stage.world[$0]?.placedCluster } == [host.id, host.id])
    #expect(replica.statuses[1].metrics.placed == 2)
    #expect(replica.statuses[1].metrics.snapshotsLoaded == 1, "a guest is no reason to load anew")
  }

  @Test func `two shards that place one deployment: the database decides, the other takes it back`()
  {
    divide(into: 2)
    let home = stage.fixtures.cluster(organization: even)
    let host = stage.fixtures.cluster(organization: odd)
    stage.world.add(home)
    share(host, with: even)
    let replica = stage.startReplica(1)
    stage.pass(.seconds(2))
    let ids = (0..<4).map { _ in queue(even) }
    stage.broadcast.publish(.changed)
    stage.pass(.seconds(2))
    #expect(
      ids.allSatisfy { stage.world[$0]?.state == .scheduled && stage.world[$0]?.attempt == 1 })
    let metrics = replica.statuses.map(\.metrics)
    #expect(metrics[0].placed + metrics[1].placed == 4)
    #expect(metrics[0].refused + metrics[1].refused == 4, "both decided about each")
    #expect(metrics.map(\.errors) == [0, 0])
    #expect(metrics.map(\.snapshotsLoaded) == [1, 1])
    #expect(stage.world.violations == [])
  }

  @Test func `a time limit is seen to by one shard: of the queue, or of the cluster`() {
    divide(into: 2)
    let host = stage.fixtures.cluster(cpu: 1_000, organization: odd)
    share(host, with: even)
    let replica = stage.startReplica(1)
    stage.pass(.seconds(2))
    func limited() -> DeploymentID {
      var one = stage.fixtures.deployment(createdAt: stage.time.now(), organization: even)
      one.terms.startBy = stage.time.now() + .seconds(20)
      stage.world.queue(one)
      stage.pass(.seconds(2))
      return one.id
    }
    let (holds, waits) = (limited(), limited())
    #expect([holds, waits].map { stage.world[$0]?.state } == [.scheduled, .queued])
    stage.world.before(.place) { () async throws(DomainError) in
      throw .unavailable("nothing is placed any more", after: .seconds(1))
    }
    stage.pass(.seconds(30))
    #expect([holds, waits].map { stage.world[$0]?.state } == [.failed, .failed])
    #expect(replica.statuses.map(\.metrics.expired) == [1, 1])
  }
}
