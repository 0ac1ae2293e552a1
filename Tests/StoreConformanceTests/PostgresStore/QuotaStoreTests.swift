internal import Domain
internal import PostgresStore
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct QuotaStoreTests {
  /// A cluster of 8 cores and 4 GPUs, and an organization that it is shared with.
  private static func share(
    _ store: PostgresStore, _ change: (inout ClusterQuota) -> Void = { _ in }
  ) async throws -> (cluster: Cluster, guest: OrganizationID) {
    let cluster = try await store.makeCluster()
    let guest = try await store.makeOrganization().organization.id
    var quota = ClusterQuota(organization: guest)
    change(&quota)
    try await store.quotas.setQuota(quota, on: cluster.id, in: .all)
    #expect(try await store.quotas.acceptQuota(of: guest, on: cluster.id))
    return (cluster, guest)
  }

  /// Later than what the quotas were set at, by the database's clock.
  private static let later = Instant(microseconds: 4_000_000_000_000_000)

  private static func place(
    _ store: PostgresStore, _ request: Resources, of organization: OrganizationID,
    on cluster: ClusterID, count: Int = 1, epoch: Epoch
  ) async throws -> Int {
    var placements: [Placement] = []
    for _ in 0..<count {
      let queued = try await store.queue(
        Make.deployment(organization, request: request), idempotency: nil)
      placements.append(Make.placement(queued, on: cluster))
    }
    let result = try await store.scheduler.place(placements, epoch: epoch, now: later)
    guard case .placed(let placed) = result else { throw NotPlaced(result: result) }
    return placed.count
  }

  @Test(arguments: Way.allCases)
  func `a guest may run where it has accepted, and nobody else`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let (cluster, guest) = try await Self.share(store)
      let stranger = try await store.makeOrganization().organization.id
      let epoch = try await store.beginTerm()
      let request = Make.resources(cpu: 1_000, memory: 1 << 30)
      #expect(
        try await Self.place(store, request, of: guest, on: cluster.id, epoch: epoch) == 1)
      #expect(
        try await store.deployments.insert(
          Make.deployment(stranger, request: request), idempotency: nil) == nil)
      await #expect(throws: DomainError.self) {
        _ = try await store.deployments.insert(
          Make.deployment(stranger, cluster: cluster.id, request: request), idempotency: nil)
      }
      // A leader whose books are wrong is refused.
      let own = try await store.clusters.insert(Make.cluster(stranger))
      let queued = try await store.queue(
        Make.deployment(stranger, request: request), idempotency: nil)
      #expect(
        try await store.scheduler.place(
          [Make.placement(queued, on: cluster.id)], epoch: epoch, now: Self.later) == .placed([]))
      #expect(own.organization == stranger)
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `an offer shows nothing and lets nothing run until it is accepted`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let guest = try await store.makeOrganization().organization.id
      try await store.quotas.setQuota(
        ClusterQuota(organization: guest), on: cluster.id, in: .all)
      let scope = TenantScope.organizations([guest])
      #expect(try await store.clusters.cluster(cluster.id, usableBy: scope) == nil)
      #expect(
        try await store.clusters.clusters(
          ClusterFilter(), in: scope, page: PageRequest(size: 9, token: nil)
        )
        .elements.isEmpty)
      #expect(
        try await store.deployments.insert(
          Make.deployment(guest), idempotency: nil) == nil)
      #expect(try await store.quotas.acceptQuota(of: guest, on: cluster.id))
      let shown = try await store.clusters.cluster(cluster.id, usableBy: scope)
      #expect(shown?.quotas.map(\.isAccepted) == [true])
      let both = TenantScope.organizations([guest, cluster.organization])
      for listed in [scope, both] {
        #expect(
          try await store.clusters.clusters(
            ClusterFilter(), in: listed, page: PageRequest(size: 9, token: nil)
          ).elements.map(\.id) == [cluster.id])
      }
      #expect(try await store.clusters.cluster(cluster.id, in: scope) == nil, "not its own")
      #expect(
        try await store.clusters.update(cluster.id, ClusterChange(name: "taken"), in: scope) == nil)
    }
  }

  @Test func `no more than the ceiling is placed, whatever a leader believes`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let (cluster, guest) = try await Self.share(store) {
        $0.limit = ResourceCeiling(cpu: MilliCPU(3_000))
      }
      let epoch = try await store.beginTerm()
      let request = Make.resources(cpu: 1_000, memory: 1 << 20)
      #expect(
        try await Self.place(store, request, of: guest, on: cluster.id, count: 5, epoch: epoch)
          == 3)
      #expect(
        try await Self.place(store, request, of: guest, on: cluster.id, epoch: epoch) == 0)
      // The owner is not held back by it.
      #expect(
        try await Self.place(
          store, request, of: cluster.organization, on: cluster.id, epoch: epoch) == 1)
      let usage = try await store.quotas.quotas(on: cluster.id)
      #expect(usage.map(\.held.cpu) == [MilliCPU(3_000)])
      #expect(try await fixture.brokenInvariants() == [])
      // A lower limit leaves what is there and lets nothing more in.
      try await store.quotas.setQuota(
        ClusterQuota(organization: guest, mayBorrow: false), on: cluster.id, in: .all)
      #expect(
        try await store.deployments.insert(
          Make.deployment(guest, request: request), idempotency: nil) == nil)
    }
  }

  @Test func `placements at the same time do not pass a quota together`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let (first, guest) = try await Self.share(store) {
        $0.limit = ResourceCeiling(cpu: MilliCPU(4_000))
      }
      let second = try await store.clusters.insert(Make.cluster(guest))
      try await store.quotas.setQuota(
        OrganizationQuota(
          organization: guest, limit: ResourceCeiling(cpu: MilliCPU(5_000))))
      let epoch = try await store.beginTerm()
      let request = Make.resources(cpu: 1_000, memory: 1 << 20)
      let placed = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<24 {
          let cluster = number % 2 == 0 ? first.id : second.id
          group.addTask {
            try await Self.place(store, request, of: guest, on: cluster, epoch: epoch)
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(placed == 5)
      let held = try await store.quotas.quota(of: guest)
      #expect(held?.held.cpu == MilliCPU(5_000) && held?.queued == 19)
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `a share that ends while a placement is on its way lets nothing in`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      for _ in 0..<10 {
        let (cluster, guest) = try await Self.share(store)
        let epoch = try await store.beginTerm()
        let queued = try await store.queue(Make.deployment(guest), idempotency: nil)
        async let result = store.scheduler.place(
          [Make.placement(queued, on: cluster.id)], epoch: epoch, now: Self.later)
        let isRemoved: Bool
        do throws(DomainError) {
          isRemoved = try await store.quotas.removeQuota(of: guest, on: cluster.id)
        } catch {
          isRemoved = false
        }
        #expect(try await result == .placed(isRemoved ? [] : [queued.id]))
      }
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `no more is guaranteed than there is, and no capacity falls below it`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let (cluster, guest) = try await Self.share(store) {
        $0.guaranteed = Make.resources(cpu: 5_000, gpu: 1_500)
      }
      let other = try await store.makeOrganization().organization.id
      func offer(_ cpu: Int64, gpu: Int64 = 0) async throws(DomainError) {
        try await store.quotas.setQuota(
          ClusterQuota(
            organization: other, guaranteed: Make.resources(cpu: cpu, gpu: gpu)),
          on: cluster.id, in: .all)
      }
      for (cpu, gpu) in [(3_001, 0), (0, 2_501)] as [(Int64, Int64)] {
        do throws(DomainError) {
          try await offer(cpu, gpu: gpu)
          Issue.record("more than there is was guaranteed")
        } catch {
          guard case .failedPrecondition(let text) = error else {
            Issue.record("\(error)")
            continue
          }
          #expect(text.contains(cpu > 0 ? "cpu_millis" : "gpu_millis"), "\(text)")
        }
      }
      try await offer(3_000, gpu: 2_500)
      #expect(try await store.quotas.quotas(on: cluster.id).count == 2)
      for change in [ClusterChange(cpu: MilliCPU(7_999)), ClusterChange(gpu: MilliGPU(3_000))] {
        do throws(DomainError) {
          _ = try await store.clusters.update(cluster.id, change, in: .all)
          Issue.record("a capacity fell below what is guaranteed")
        } catch {
          guard case .failedPrecondition(let text) = error else {
            Issue.record("\(error)")
            continue
          }
          #expect(text.contains("guaranteed"), "\(text)")
        }
      }
      #expect(
        try await store.clusters.update(
          cluster.id, ClusterChange(cpu: MilliCPU(8_000)), in: .all)?.quotas.count == 2)
      #expect(try await store.quotas.removeQuota(of: guest, on: cluster.id))
      #expect(try await store.quotas.removeQuota(of: guest, on: cluster.id) == false)
    }
  }

  @Test func `what could never be placed under a quota is refused, and a full queue`() async throws
  {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let (cluster, guest) = try await Self.share(store) {
        $0.limit = ResourceCeiling(cpu: MilliCPU(2_000))
      }
      func queue(
        _ cpu: Int64, cluster: ClusterID? = nil, key: IdempotencyKey? = nil
      ) async throws(DomainError) -> Deployment? {
        try await store.deployments.insert(
          Make.deployment(
            guest, cluster: cluster, request: Make.resources(cpu: cpu, memory: 1 << 20)),
          idempotency: key)
      }
      for target in [nil, cluster.id] {
        #expect(try await queue(2_001, cluster: target) == nil)
        #expect(try await queue(2_000, cluster: target) != nil)
      }
      let nearest = try await store.clusters.largestFit(
        for: Make.resources(cpu: 2_001), gpuModels: [], in: guest)
      #expect(
        nearest?.shortages(for: Make.resources(cpu: 2_001), gpuModels: [], of: guest).count == 1)
      try await store.quotas.setQuota(
        OrganizationQuota(
          organization: guest, limit: ResourceCeiling(cpu: MilliCPU(1_500)), queuedLimit: 3))
      #expect(try await queue(1_501) == nil)
      let key = IdempotencyKey(key: "once", requestDigest: Make.digest())
      let third = try await queue(1_500, key: key)
      #expect(third != nil)
      do throws(DomainError) {
        _ = try await queue(1)
        Issue.record("more wait than may")
      } catch {
        guard case .resourceExhausted = error else {
          Issue.record("\(error)")
          return
        }
      }
      #expect(try await queue(1_500, key: key)?.id == third?.id, "it is there already")
    }
  }

  @Test func `the scheduler hears of quotas, when it loads and in the feed`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let (cluster, guest) = try await Self.share(store)
      let cursor = try await store.changes.currentCursor()
      let quota = OrganizationQuota(
        organization: guest, limit: ResourceCeiling(memory: Bytes(7)), queuedLimit: 9,
        weight: Weight(millis: 2_500))
      try await store.quotas.setQuota(quota)
      let limited = ClusterQuota(
        organization: guest, guaranteed: Make.resources(cpu: 1, memory: 2, gpu: 3),
        limit: ResourceCeiling(cpu: MilliCPU(4), gpu: MilliGPU(5)), mayBorrow: true,
        isAccepted: true)
      try await store.quotas.setQuota(limited, on: cluster.id, in: .all)
      let batch = try await store.changes.changes(since: cursor, limit: 10)
      #expect(batch.quotas == [quota])
      #expect(batch.clusters.map(\.quotas) == [[limited]])
      #expect(try await store.scheduler.loadQuotas() == [quota])
      #expect(try await store.scheduler.loadClusters(of: .whole).map(\.quotas) == [[limited]])
      #expect(
        try await store.quotas.quotas(of: guest, page: PageRequest(size: 5, token: nil))
          .elements.map(\.quota) == [limited])
    }
  }

  @Test func `violations.sql finds what a quota does not allow`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let (cluster, guest) = try await Self.share(store)
      let epoch = try await store.beginTerm()
      let request = Make.resources(cpu: 1_000, memory: 1 << 20)
      #expect(
        try await Self.place(store, request, of: guest, on: cluster.id, count: 2, epoch: epoch)
          == 2)
      #expect(try await fixture.brokenInvariants() == [])
      func expect(_ invariants: [String], after sql: String) async throws {
        _ = try await fixture.database.query(sql)
        #expect(
          try await store.scheduler.violations().map(\.invariant).sorted() == invariants, "\(sql)")
      }
      try await expect(["I7"], after: "UPDATE cluster_quotas SET cpu_limit = 1999")
      try await expect([], after: "UPDATE cluster_quotas SET cpu_limit = 2000")
      try await expect(
        ["I7"],
        after: """
          INSERT INTO organization_quotas (organization_id, gpu_limit, memory_limit)
          VALUES ('\(guest)', 0, 1)
          """)
      try await expect([], after: "DELETE FROM organization_quotas")
      try await expect(
        ["I7"],
        after: "UPDATE cluster_quotas SET cpu_limit = NULL, cpu_guaranteed = 8001")
      try await expect(["I3", "I3"], after: "DELETE FROM cluster_quotas")
    }
  }
}
