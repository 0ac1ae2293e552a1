internal import Domain
internal import PostgresStore
internal import TestSupport
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct SituationStoreTests {
  private static func kept(
    _ cluster: Cluster, for deployment: Deployment, devices: [Int] = [], cpu: Int64 = 0
  ) -> KeptRoom {
    KeptRoom(
      cluster: cluster.id, deployment: deployment.id, gpuDevices: devices,
      backfilledCPU: MilliCPU(cpu), backfilledMemory: Bytes(cpu * 2))
  }

  @Test(arguments: Way.allCases)
  func `who stands ahead is counted and named, by priority and age`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let other = try await store.makeCluster()
      func queue(_ priority: Int, _ second: Int64, in cluster: Cluster) async throws -> Deployment {
        try await store.queue(
          Make.deployment(
            cluster.organization, priority: priority,
            createdAt: Make.now + .seconds(second)), idempotency: nil)
      }
      let late = try await queue(5, 3, in: cluster)
      let early = try await queue(5, 1, in: cluster)
      let low = try await queue(1, 0, in: cluster)
      let high = try await queue(9, 9, in: cluster)
      _ = try await queue(9, 0, in: other)
      let cancelled = try await queue(9, 1, in: cluster)
      _ = try await store.deployments.cancel(
        cancelled.id, in: .all, reason: "gone", now: Make.now)

      let expected: [(Deployment, [Deployment])] = [
        (high, []), (early, [high]), (late, [high, early]), (low, [high, early, late]),
      ]
      for (deployment, ahead) in expected {
        let situation = try await store.situations.situation(of: deployment)
        #expect(situation.ahead == ahead.count)
        #expect(situation.firstAhead.map(\.deployment) == ahead.map(\.id))
        #expect(situation.firstAhead.map(\.priority) == ahead.map(\.priority))
        #expect(situation.deployment == deployment)
        #expect(situation.hasOrganization)
      }
      // One that was never created stands where it would.
      let newcomer = Make.deployment(
        cluster.organization, priority: 5, createdAt: Make.now + .seconds(2))
      let situation = try await store.situations.situation(of: newcomer)
      #expect(situation.firstAhead.map(\.deployment) == [high.id, early.id])
      #expect(situation.deployment == nil)
      let nobody = try await store.situations.situation(of: Make.deployment(Make.id()))
      #expect(!nobody.hasOrganization && nobody.clusters.isEmpty && nobody.ahead == 0)
    }
  }

  @Test func `the first ahead are named however many priorities there are`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      var all: [Deployment] = []
      for index in 0..<24 {
        all.append(
          try await store.queue(
            Make.deployment(
              cluster.organization, priority: index % 12,
              createdAt: Make.now + .seconds(Int64(index))), idempotency: nil))
      }
      let ordered = all.sorted { ($1.priority, $0.createdAt) < ($0.priority, $1.createdAt) }
      for (index, deployment) in ordered.enumerated() {
        let situation = try await store.situations.situation(of: deployment)
        #expect(situation.ahead == index)
        #expect(
          situation.firstAhead.map(\.deployment)
            == ordered.prefix(min(index, SchedulingLimits.answeredAhead)).map(\.id))
      }
    }
  }

  @Test func `clusters of the organization alone, or the one that is named`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let first = try await store.makeCluster()
      let second = try await store.clusters.insert(Make.cluster(first.organization))
      let foreign = try await store.makeCluster()
      func seen(_ requested: ClusterID?) async throws -> [ClusterID] {
        try await store.situations.situation(
          of: Make.deployment(first.organization, cluster: requested)
        ).clusters.map(\.id)
      }
      #expect(try await seen(nil) == [first.id, second.id].sorted())
      #expect(try await seen(second.id) == [second.id])
      #expect(try await seen(foreign.id) == [])
    }
  }

  @Test(arguments: Way.allCases)
  func `reservations are told under the fence, changed and dropped`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let (store, scheduler) = (fixture.store, fixture.store.scheduler)
      let cluster = try await store.makeCluster()
      let second = try await store.clusters.insert(Make.cluster(cluster.organization))
      let waiting = try await store.queue(
        Make.deployment(
          cluster.organization, request: Make.resources(cpu: 7, memory: 8, gpu: 2_000)),
        idempotency: nil)
      func told() async throws -> [KeptRoom] {
        try await store.situations.situation(of: waiting).reservations.map(\.room)
      }
      let stale = try await store.beginTerm()
      let epoch = try await store.beginTerm()
      let room = Self.kept(cluster, for: waiting, devices: [1, 3], cpu: 5)
      #expect(
        try await !scheduler.writeReservations(ReservationChanges(kept: [room]), epoch: stale))
      #expect(try await told() == [])
      #expect(
        try await scheduler.writeReservations(ReservationChanges(kept: [room]), epoch: epoch))
      #expect(try await told() == [room])
      let reservation = try await store.situations.situation(of: waiting).reservations[0]
      #expect(reservation.request == waiting.request && reservation.name == waiting.name)
      // Used by those who fill in, and another one beside it.
      let changed = Self.kept(cluster, for: waiting, devices: [1, 3], cpu: 9)
      let beside = Self.kept(second, for: waiting)
      #expect(
        try await scheduler.writeReservations(
          ReservationChanges(kept: [changed, beside]), epoch: epoch))
      #expect(Set(try await told().map(\.backfilledCPU.value)) == [9, 0])
      // A reset by a stale term changes nothing; one of this term leaves what it names.
      #expect(
        try await !scheduler.writeReservations(ReservationChanges(isReset: true), epoch: stale))
      #expect(try await told().count == 2)
      #expect(
        try await scheduler.writeReservations(
          ReservationChanges(isReset: true, kept: [beside]), epoch: epoch))
      #expect(try await told() == [beside])
      #expect(
        try await scheduler.writeReservations(
          ReservationChanges(dropped: [second.id]), epoch: epoch))
      #expect(try await told() == [])
    }
  }

  @Test func `a reservation of one who does not wait any more is void`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let waiting = try await store.queue(
        Make.deployment(cluster.organization), idempotency: nil)
      let epoch = try await store.beginTerm()
      _ = try await store.scheduler.writeReservations(
        ReservationChanges(kept: [Self.kept(cluster, for: waiting)]), epoch: epoch)
      _ = try await store.deployments.cancel(
        waiting.id, in: .all, reason: "gone", now: Make.now)
      let situation = try await store.situations.situation(
        of: Make.deployment(cluster.organization))
      #expect(situation.reservations == [])
    }
  }

  @Test func `holders, latest events and latest requests are bounded and in order`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let epoch = try await store.beginTerm()
      var placed: [Deployment] = []
      for _ in 0..<3 { placed.append(try await store.makePlaced(on: cluster, epoch: epoch)) }
      let ids = placed.map(\.id).sorted()
      let holders = try await store.situations.holders(
        on: cluster.id, seenBy: cluster.organization, limit: 2)
      #expect(holders.map(\.deployment) == Array(ids.prefix(2)))
      #expect(holders[0].request == placed[0].request)
      let events = try await store.situations.latestEvents(of: ids[0], limit: 1)
      #expect(events.map(\.state) == [.scheduled])
      let all = try await store.situations.latestEvents(of: ids[0], limit: 9)
      #expect(all.map(\.state) == [.queued, .scheduled])
      let situation = try await store.situations.situation(
        of: Make.deployment(cluster.organization))
      #expect(
        situation.recent == [
          RecentRequest(request: placed[0].request, gpuModels: [], count: 3)
        ])
    }
  }
}
