internal import Domain
internal import PostgresStore
internal import Testing

/// What explanations read of clusters that organizations share.
@Suite(.timeLimit(.minutes(5))) struct SharedSituationStoreTests {
  private static let request = Make.resources(cpu: 1_000, memory: 1 << 30, gpu: 1_000)

  private static func share(
    _ store: PostgresStore, _ cluster: Cluster, with guest: OrganizationID,
    reclaim: ReclaimPolicy = .never, isAccepted: Bool = true
  ) async throws {
    try await store.quotas.setQuota(
      ClusterQuota(
        organization: guest, guaranteed: request, limit: ResourceCeiling(cpu: MilliCPU(2_000)),
        reclaim: reclaim), on: cluster.id, in: .all)
    if isAccepted { _ = try await store.quotas.acceptQuota(of: guest, on: cluster.id) }
  }

  private static func placed(
    _ store: PostgresStore, of organization: OrganizationID, on cluster: Cluster, device: Int,
    priority: Int = 0, maxAttempts: Int = 3, epoch: Epoch
  ) async throws -> Deployment {
    let queued = try await store.queue(
      Make.deployment(
        organization, cluster: cluster.id, request: request, priority: priority,
        maxAttempts: maxAttempts), idempotency: nil)
    _ = try await store.scheduler.place(
      [Make.placement(queued, on: cluster.id, devices: [device])], epoch: epoch, now: Make.now)
    return try #require(try await store.deployments.deployment(queued.id, in: .all))
  }

  @Test(arguments: Way.allCases)
  func `a guest's situation has the clusters that it may run on, and what it holds`(way: Way)
    async throws
  {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let (shared, offered) = (try await store.makeCluster(), try await store.makeCluster())
      let guest = try await store.makeOrganization().organization.id
      let own = try await store.clusters.insert(Make.cluster(guest))
      try await Self.share(store, shared, with: guest)
      try await Self.share(store, offered, with: guest, isAccepted: false)
      let epoch = try await store.beginTerm()
      _ = try await Self.placed(store, of: guest, on: shared, device: 0, epoch: epoch)
      _ = try await Self.placed(store, of: guest, on: own, device: 0, epoch: epoch)
      _ = try await Self.placed(
        store, of: shared.organization, on: shared, device: 1, epoch: epoch)
      func situation(_ organization: OrganizationID) async throws -> QueueSituation {
        try await store.situations.situation(of: Make.deployment(organization))
      }
      let seen = try await situation(guest)
      #expect(seen.clusters.map(\.id) == [shared.id, own.id].sorted())
      #expect(seen.held == [shared.id: Self.request], "only where there are quotas")
      #expect(seen.ceiling == nil)
      let owners = try await situation(shared.organization)
      #expect(owners.clusters.map(\.id) == [shared.id])
      #expect(owners.held == [shared.id: Self.request])
      let limit = ResourceCeiling(memory: Bytes(3 << 30))
      try await store.quotas.setQuota(OrganizationQuota(organization: guest, limit: limit))
      #expect(
        try await situation(guest).ceiling
          == HeldCeiling(limit: limit, held: Self.request + Self.request))
      // A quota that limits nothing but the queue is none of what may be held.
      try await store.quotas.setQuota(OrganizationQuota(organization: guest, queuedLimit: 3))
      #expect(try await situation(guest).ceiling == nil)
    }
  }

  @Test func `reservations say whose they are, holders whether they are one's own`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let guest = try await store.makeOrganization().organization.id
      try await Self.share(store, cluster, with: guest)
      let epoch = try await store.beginTerm()
      let mine = try await Self.placed(store, of: guest, on: cluster, device: 0, epoch: epoch)
      let other = try await Self.placed(
        store, of: cluster.organization, on: cluster, device: 1, epoch: epoch)
      let waiting = try await store.queue(
        Make.deployment(cluster.organization, request: Self.request), idempotency: nil)
      for isClaim in [false, true] {
        _ = try await store.scheduler.writeReservations(
          ReservationChanges(kept: [
            KeptRoom(
              cluster: cluster.id, deployment: waiting.id, gpuDevices: [2],
              backfilledCPU: MilliCPU(0), backfilledMemory: Bytes(0), isClaim: isClaim)
          ]), epoch: epoch)
        let told = try await store.situations.situation(of: Make.deployment(guest)).reservations
        #expect(told.map(\.organization) == [cluster.organization])
        #expect(told.map(\.room.isClaim) == [isClaim])
      }
      let holders = try await store.situations.holders(
        on: cluster.id, seenBy: guest, limit: 9)
      let isOwn = Dictionary(
        uniqueKeysWithValues: holders.map { ($0.deployment, $0.isOwn) })
      #expect(isOwn == [mine.id: true, other.id: false])
    }
  }

  @Test func `whose place one may take: its own lower work, and others' as its quota says`()
    async throws
  {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let guest = try await store.makeOrganization().organization.id
      try await Self.share(store, cluster, with: guest)
      let epoch = try await store.beginTerm()
      let own = try await Self.placed(store, of: guest, on: cluster, device: 0, epoch: epoch)
      let low = try await Self.placed(
        store, of: cluster.organization, on: cluster, device: 1, epoch: epoch)
      let high = try await Self.placed(
        store, of: cluster.organization, on: cluster, device: 2, priority: 9, epoch: epoch)
      _ = try await Self.placed(
        store, of: cluster.organization, on: cluster, device: 3, maxAttempts: 1, epoch: epoch)
      func seen(preempts: Bool, _ reclaim: ReclaimPolicy, limit: Int = 9) async throws
        -> [DeploymentID]
      {
        try await Self.share(store, cluster, with: guest, reclaim: reclaim)
        var waiting = Make.deployment(guest, priority: 5)
        waiting.terms.preempts = preempts
        let preemptible = try await store.situations.preemptible(
          by: waiting, on: [cluster.id], limit: limit)
        #expect(preemptible.held[cluster.id]?[guest] == Self.request)
        #expect(
          preemptible.held[cluster.id]?[cluster.organization]?.cpu == MilliCPU(3_000))
        #expect(preemptible.holders.allSatisfy { $0.scheduledAt == Make.now })
        return preemptible.holders.map(\.id)
      }
      #expect(try await seen(preempts: false, .never) == [])
      #expect(try await seen(preempts: true, .never) == [own.id])
      #expect(try await seen(preempts: false, .lowerPriority) == [low.id])
      #expect(
        try await Set(seen(preempts: true, .any)) == [own.id, low.id, high.id])
      #expect(try await seen(preempts: true, .any, limit: 2).contains(high.id) == false)
    }
  }
}
