internal import Domain
internal import PostgresStore
internal import TestSupport
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct DeploymentTransitionTests {
  private static let later = Make.now + .seconds(1)

  private static func report(
    _ deployment: Deployment, _ outcome: AgentReport.Outcome, attempt: Int? = nil
  ) -> AgentReport {
    AgentReport(
      deployment: deployment.id, attempt: attempt ?? deployment.attempt, outcome: outcome,
      reason: "said the agent")
  }

  @Test(arguments: Way.allCases)
  func `an agent's reports lead to the end, and what was held is free`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let epoch = try await store.beginTerm()
      let placed = try await store.makePlaced(
        on: cluster, request: Make.resources(cpu: 500, memory: 1_000, gpu: 2_000),
        devices: [0, 3], epoch: epoch)
      #expect(placed.state == .scheduled)
      #expect(placed.attempt == 1)
      #expect(placed.gpuDevices == [0, 3])
      #expect(placed.scheduledAt == Make.now)
      let held = try await store.clusters.cluster(cluster.id, in: .all)
      #expect(held?.allocated == Make.resources(cpu: 500, memory: 1_000, gpu: 2_000))
      #expect(held?.gpuAllocated == [1_000, 0, 0, 1_000])
      #expect(try await store.deployments.holding(cluster: cluster.id) == [placed])

      let starting = try await store.deployments.apply(
        Self.report(placed, .starting), cluster: cluster.id, now: Self.later)
      #expect(starting?.state == .starting)
      let running = try await store.deployments.apply(
        Self.report(placed, .running), cluster: cluster.id, now: Self.later)
      #expect(running?.state == .running)
      #expect(running?.startedAt == Self.later)
      // Said again, or late: nothing changes.
      let again = try await store.deployments.apply(
        Self.report(placed, .running), cluster: cluster.id, now: Self.later + .seconds(1))
      #expect(again == running)
      let late = try await store.deployments.apply(
        Self.report(placed, .starting), cluster: cluster.id, now: Self.later + .seconds(1))
      #expect(late == running)
      let ended = try await store.deployments.apply(
        Self.report(placed, .completed(exitCode: 0)), cluster: cluster.id, now: Self.later)
      #expect(ended?.state == .completed)
      #expect(ended?.exitCode == 0)
      #expect(ended?.endedAt == Self.later)
      #expect(ended?.gpuDevices == [])
      #expect(ended?.placedCluster == cluster.id)
      let free = try await store.clusters.cluster(cluster.id, in: .all)
      #expect(free?.allocated == .zero)
      #expect(free?.gpuAllocated == [0, 0, 0, 0])
      let events = try await [DeploymentEvent].everyPage(size: 2) {
        try await store.deployments.events(placed.id, page: $0)
      }
      #expect(events.map(\.state) == [.queued, .scheduled, .starting, .running, .completed])
      #expect(events.map(\.attempt) == [0, 1, 1, 1, 1])
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `a failure goes back to the queue until its attempts are used up`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let epoch = try await store.beginTerm()
      var deployment = try await store.makePlaced(on: cluster, maxAttempts: 2, epoch: epoch)
      let retryAt = Self.later + .seconds(30)
      let back = try await store.deployments.apply(
        Self.report(deployment, .failed(exitCode: 3, retryAt: retryAt)), cluster: cluster.id,
        now: Self.later)
      #expect(back?.state == .queued)
      #expect(back?.notBefore == retryAt)
      #expect(back?.attempt == 1)
      #expect(try await store.clusters.cluster(cluster.id, in: .all)?.allocated == .zero)
      deployment = try #require(back)
      let placed = try await store.scheduler.place(
        [Make.placement(deployment, on: cluster.id)], epoch: epoch, now: Self.later)
      #expect(placed == .placed([deployment.id]))
      // The first attempt's agent speaks up again: that attempt is over.
      let stale = try await store.deployments.apply(
        Self.report(deployment, .failed(exitCode: 3, retryAt: retryAt), attempt: 1),
        cluster: cluster.id, now: Self.later)
      #expect(stale == nil)
      let failed = try await store.deployments.apply(
        Self.report(deployment, .failed(exitCode: 4, retryAt: retryAt), attempt: 2),
        cluster: cluster.id, now: Self.later)
      #expect(failed?.state == .failed)
      #expect(failed?.exitCode == 4)
      #expect(failed?.attempt == 2)
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `a failure that another attempt would not help is final at once`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let placed = try await store.makePlaced(on: cluster, epoch: store.beginTerm())
      let failed = try await store.deployments.apply(
        Self.report(placed, .failed(exitCode: nil, retryAt: nil)), cluster: cluster.id,
        now: Self.later)
      #expect(failed?.state == .failed)
      #expect(failed?.exitCode == nil)
    }
  }

  @Test func `another cluster's agent changes nothing`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let other = try await store.makeCluster()
      let placed = try await store.makePlaced(on: cluster, epoch: store.beginTerm())
      let answer = try await store.deployments.apply(
        Self.report(placed, .completed(exitCode: 0)), cluster: other.id, now: Self.later)
      #expect(answer == nil)
      #expect(try await store.deployments.deployment(placed.id, in: .all) == placed)
    }
  }

  @Test(arguments: Way.allCases)
  func `cancelling ends from any state, once, in its scope alone`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let epoch = try await store.beginTerm()
      let queued = try await store.queue(
        Make.deployment(cluster.organization), idempotency: nil)
      let placed = try await store.makePlaced(on: cluster, epoch: epoch)
      let scope = TenantScope.organizations([cluster.organization])
      for deployment in [queued, placed] {
        let foreign = try await store.deployments.cancel(
          deployment.id, in: .organizations([Make.id()]), reason: "no", now: Self.later)
        #expect(foreign == nil)
        let cancelled = try await store.deployments.cancel(
          deployment.id, in: scope, reason: "cancelled by tester", now: Self.later)
        #expect(cancelled?.state == .cancelled)
        #expect(cancelled?.reason == "cancelled by tester")
        let again = try await store.deployments.cancel(
          deployment.id, in: scope, reason: "again", now: Self.later + .seconds(1))
        #expect(again == cancelled)
      }
      let unknown = try await store.deployments.cancel(
        Make.id(), in: .all, reason: "none", now: Self.later)
      #expect(unknown == nil)
      #expect(try await store.clusters.cluster(cluster.id, in: .all)?.allocated == .zero)
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `completing ends what holds resources, and leaves the rest as it is`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let queued = try await store.queue(
        Make.deployment(cluster.organization), idempotency: nil)
      let placed = try await store.makePlaced(on: cluster, epoch: store.beginTerm())
      let untouched = try await store.deployments.complete(
        queued.id, in: .all, reason: "done", now: Self.later)
      #expect(untouched == queued)
      let completed = try await store.deployments.complete(
        placed.id, in: .all, reason: "done", now: Self.later)
      #expect(completed?.state == .completed)
      let again = try await store.deployments.complete(
        placed.id, in: .all, reason: "twice", now: Self.later)
      #expect(again == completed)
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `many who end one deployment at once free it once`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let epoch = try await store.beginTerm()
      for _ in 0..<12 {
        let placed = try await store.makePlaced(
          on: cluster, request: Make.resources(cpu: 1_000, memory: 1 << 30, gpu: 400),
          devices: [2], epoch: epoch)
        // Another one that stays, so that freeing twice would not stop at zero.
        _ = try await store.makePlaced(
          on: cluster, request: Make.resources(cpu: 100, memory: 1, gpu: 50), devices: [2],
          epoch: epoch)
        let finals = try await withThrowingTaskGroup(of: Deployment?.self) { group in
          for index in 0..<9 {
            group.addTask {
              switch index % 3 {
              case 0:
                try await store.deployments.cancel(
                  placed.id, in: .all, reason: "cancel", now: Self.later)
              case 1:
                try await store.deployments.complete(
                  placed.id, in: .all, reason: "complete", now: Self.later)
              default:
                try await store.deployments.apply(
                  Self.report(placed, .failed(exitCode: 1, retryAt: nil)), cluster: cluster.id,
                  now: Self.later)
              }
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        let states = Set(finals.compactMap { $0?.state })
        #expect(states.count == 1)
        let events = try await store.deployments.events(
          placed.id, page: PageRequest(size: 50, token: nil)
        ).elements
        #expect(events.count { $0.state.isFinal } == 1)
      }
      #expect(try await fixture.brokenInvariants() == [])
    }
  }
}
