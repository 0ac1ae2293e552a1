internal import Domain
internal import PostgresStore
internal import Testing

/// Who may take whose place, as `may_preempt` judges it under the locks.
@Suite(.timeLimit(.minutes(5))) struct ReclaimStoreTests {
  private static let later = Instant(microseconds: 4_000_000_000_000_000)

  /// A cluster of 8 cores, half of it guaranteed to a guest; the owner holds six of them.
  private struct Scene {
    let store: PostgresStore
    let cluster: Cluster
    let guest: OrganizationID
    let epoch: Epoch
    let borrowed: [Deployment]

    init(
      _ store: PostgresStore, reclaim: ReclaimPolicy, isAccepted: Bool = true
    ) async throws {
      self.store = store
      cluster = try await store.makeCluster()
      guest = try await store.makeOrganization().organization.id
      epoch = try await store.beginTerm()
      // Until it claims, the guest's half is lent.
      var borrowed: [Deployment] = []
      for _ in 0..<6 {
        borrowed.append(try await store.makePlaced(on: cluster, epoch: epoch))
      }
      self.borrowed = borrowed
      try await store.quotas.setQuota(
        ClusterQuota(
          organization: guest, guaranteed: Make.resources(cpu: 4_000, memory: 4 << 30),
          reclaim: reclaim), on: cluster.id, in: .all)
      if isAccepted { _ = try await store.quotas.acceptQuota(of: guest, on: cluster.id) }
    }

    /// Those of the victims that moved, for a deployment of the guest's.
    func reclaim(
      cores: Int64 = 3, priority: Int = 0, preempts: Bool = false, epoch: Epoch? = nil
    ) async throws -> MoveResult {
      var claim = Make.deployment(
        guest, request: Make.resources(cpu: cores * 1_000, memory: cores << 30),
        priority: priority)
      claim.terms.preempts = preempts
      // It waits where it may, or would; the rule is what is asked for here.
      let own = try await store.clusters.insert(Make.cluster(guest))
      let queued = try await store.queue(claim, idempotency: nil)
      #expect(own.organization == guest)
      return try await store.scheduler.preempt(
        [
          Preemption(
            deployment: queued.id, attempt: 1, cluster: cluster.id,
            victims: borrowed.reversed().map {
              Preemption.Victim(deployment: $0.id, attempt: 1, isReclaimed: true)
            })
        ], retryAfter: { _ in .seconds(5) }, epoch: epoch ?? self.epoch, now: later)
    }
  }

  private static func moved(_ result: MoveResult) -> [Deployment] {
    guard case .moved(let deployments) = result else { return [] }
    return deployments
  }

  @Test(arguments: Way.allCases)
  func `what is borrowed is taken back, and no more than that`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let scene = try await Scene(fixture.store, reclaim: .any)
      let stale = Epoch(scene.epoch.value - 1)
      #expect(try await scene.reclaim(epoch: stale) == .fenced)
      let moved = Self.moved(try await scene.reclaim())
      // In the order in which they are taken: the third would be of what is the owner's own.
      #expect(Set(moved.map(\.id)) == Set(scene.borrowed.prefix(2).map(\.id)))
      for back in moved {
        #expect(back.state == .queued && back.attempt == 1)
        #expect(back.notBefore == Self.later + .seconds(5))
        #expect(back.reason.hasPrefix("preempted: reclaimed"), "\(back.reason)")
      }
      #expect(Self.moved(try await scene.reclaim()).isEmpty, "nothing is borrowed any more")
      let left = try await fixture.store.clusters.cluster(scene.cluster.id, in: .all)
      #expect(left?.allocated.cpu == MilliCPU(4_000))
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `whom the quota lets reclaim, by priority, and only while it is within its guarantee`()
    async throws
  {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let never = try await Scene(store, reclaim: .never)
      #expect(Self.moved(try await never.reclaim(priority: 9, preempts: true)).isEmpty)
      let lower = try await Scene(store, reclaim: .lowerPriority)
      #expect(Self.moved(try await lower.reclaim(priority: 0)).isEmpty)
      #expect(Self.moved(try await lower.reclaim(cores: 5, priority: 9)).isEmpty)
      #expect(Self.moved(try await lower.reclaim(priority: 1)).count == 2)
      let offered = try await Scene(store, reclaim: .any, isAccepted: false)
      #expect(Self.moved(try await offered.reclaim()).isEmpty, "it may not run there")
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `who preempts takes no work of another organization, whatever a leader decides`()
    async throws
  {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let epoch = try await store.beginTerm()
      let victim = try await store.makePlaced(on: cluster, epoch: epoch)
      let stranger = try await store.makeCluster()
      var urgent = Make.deployment(stranger.organization, priority: 9)
      urgent.terms.preempts = true
      let queued = try await store.queue(urgent, idempotency: nil)
      for isReclaimed in [false, true] {
        let result = try await store.scheduler.preempt(
          [
            Preemption(
              deployment: queued.id, attempt: 1, cluster: cluster.id,
              victims: [
                Preemption.Victim(
                  deployment: victim.id, attempt: 1, isReclaimed: isReclaimed)
              ])
          ], retryAfter: { _ in .zero }, epoch: epoch, now: Self.later)
        #expect(result == .moved([]))
      }
    }
  }

  @Test func `what a quota says of reclaim is kept, and told with its cluster`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      for policy in ReclaimPolicy.allCases {
        let scene = try await Scene(store, reclaim: policy)
        let usage = try await store.quotas.quotas(on: scene.cluster.id)
        #expect(usage.map(\.quota.reclaim) == [policy])
        let loaded = try await store.scheduler.loadClusters(of: .whole).first {
          $0.id == scene.cluster.id
        }
        #expect(loaded?.quotas == usage.map(\.quota))
      }
    }
  }
}
