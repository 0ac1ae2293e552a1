internal import Domain
internal import PostgresStore
internal import Testing

/// Time limits, preemption and changes of what is queued.
@Suite(.timeLimit(.minutes(5))) struct QueueLifeTests {
  private static let later = Make.now + .seconds(60)

  private static func queued(
    _ store: PostgresStore, _ cluster: Cluster, priority: Int = 0, terms: QueueTerms = QueueTerms()
  ) async throws -> Deployment {
    var deployment = Make.deployment(cluster.organization, priority: priority)
    deployment.terms = terms
    return try await store.queue(deployment, idempotency: nil)
  }

  private static func expiration(
    _ deployment: Deployment, _ cause: Expiration.Cause = .queueTimeout
  ) -> Expiration {
    Expiration(
      deployment: deployment.id, attempt: deployment.attempt,
      cluster: deployment.state.holdsResources ? deployment.placedCluster : nil, cause: cause)
  }

  private static func moved(_ result: MoveResult) -> [DeploymentID: Deployment] {
    guard case .moved(let all) = result else { return [:] }
    return Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })
  }

  // MARK: Time limits

  @Test(arguments: Way.allCases)
  func `terms are kept, alone and in a batch`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let terms = QueueTerms(
        timeToLive: .seconds(90), startBy: Self.later, priorityClass: "urgent", preempts: true,
        protection: .seconds(7))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for count in 0..<20 {
          group.addTask {
            let terms = count.isMultiple(of: 2) ? terms : QueueTerms()
            let made = try await Self.queued(store, cluster, priority: count, terms: terms)
            let read = try await store.deployments.deployment(made.id, in: .all)
            #expect(read == made)
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func `what is queued or not running expires when its time is up, and not before`()
    async throws
  {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let epoch = try await store.beginTerm()
      let limited = QueueTerms(timeToLive: .seconds(60))
      let waiting = try await Self.queued(store, cluster, terms: limited)
      let early = try await Self.queued(
        store, cluster, terms: QueueTerms(timeToLive: .seconds(61)))
      var slow = try await Self.queued(store, cluster, terms: QueueTerms(startBy: Self.later))
      var running = try await Self.queued(store, cluster, terms: QueueTerms(startBy: Self.later))
      _ = try await store.scheduler.place(
        [slow, running].map { Make.placement($0, on: cluster.id) }, epoch: epoch, now: Make.now)
      _ = try await store.deployments.apply(
        AgentReport(deployment: running.id, attempt: 1, outcome: .running, reason: ""),
        cluster: cluster.id, now: Make.now)
      slow = try #require(try await store.deployments.deployment(slow.id, in: .all))
      running = try #require(try await store.deployments.deployment(running.id, in: .all))
      #expect(running.hasRun && !slow.hasRun)
      let all = [
        Self.expiration(waiting), Self.expiration(early), Self.expiration(slow, .startDeadline),
        Self.expiration(running, .startDeadline),
      ]
      let stale = Epoch(epoch.value - 1)
      #expect(try await store.scheduler.expire(all, epoch: stale, now: Self.later) == .fenced)
      let ended = Self.moved(
        try await store.scheduler.expire(all, epoch: epoch, now: Self.later))
      #expect(Set(ended.keys) == [waiting.id, slow.id])
      #expect(ended[waiting.id]?.state == .failed)
      #expect(ended[waiting.id]?.reason.hasPrefix("queue-timeout") == true)
      #expect(ended[slow.id]?.reason.hasPrefix("start-deadline") == true)
      #expect(
        try await store.scheduler.expire(all, epoch: epoch, now: Self.later) == .moved([]))
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  // MARK: Preemption

  @Test func `victims of lower priority with an attempt left go back to the queue, for who waits`()
    async throws
  {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let epoch = try await store.beginTerm()
      let victim = try await store.makePlaced(on: cluster, epoch: epoch)
      let last = try await store.makePlaced(on: cluster, maxAttempts: 1, epoch: epoch)
      let preemptor = try await Self.queued(
        store, cluster, priority: 9, terms: QueueTerms(preempts: true))
      let bare = try await Self.queued(store, cluster, priority: 9)
      let equal = try await Self.queued(
        store, cluster, priority: 0, terms: QueueTerms(preempts: true))
      let victims = [victim, last].map { Preemption.Victim(deployment: $0.id, attempt: 1) }
      func preempt(
        for deployment: Deployment, epoch: Epoch = epoch, attempt: Int = 1
      ) async throws -> MoveResult {
        try await store.scheduler.preempt(
          [
            Preemption(
              deployment: deployment.id, attempt: attempt, cluster: cluster.id, victims: victims)
          ], retryAfter: { _ in .seconds(5) }, epoch: epoch, now: Self.later)
      }
      #expect(try await preempt(for: preemptor, epoch: Epoch(epoch.value - 1)) == .fenced)
      #expect(try await preempt(for: bare) == .moved([]))
      #expect(try await preempt(for: equal) == .moved([]))
      let moved = Self.moved(try await preempt(for: preemptor))
      #expect(Set(moved.keys) == [victim.id], "who has no attempt left stays")
      let back = try #require(moved[victim.id])
      #expect(back.state == .queued && back.attempt == 1 && back.createdAt == victim.createdAt)
      #expect(back.reason == "preempted by \(preemptor.id)")
      #expect(back.notBefore == Self.later + .seconds(5) && back.requeuedAt == Self.later)
      #expect(try await preempt(for: preemptor) == .moved([]), "freed once")
      let events = try await store.deployments.events(
        victim.id, page: PageRequest(size: 10, token: nil))
      #expect(events.elements.map(\.state) == [.queued, .scheduled, .queued])
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  // MARK: Changing

  @Test func `what is queued is changed by compare-and-set, with an event`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let first = try await Self.queued(store, cluster)
      var changed = first
      changed.priority = 7
      changed.request = Make.resources(cpu: 2_000, memory: 5, gpu: 1_000)
      changed.gpuModels = ["A100"]
      changed.terms = QueueTerms(timeToLive: .seconds(5), startBy: Self.later)
      changed.reason = "changed by ada"
      changed.updatedAt = first.updatedAt + .microseconds(1)
      let scope = TenantScope.organizations([cluster.organization])
      let outside = TenantScope.organizations([Make.id()])
      #expect(try await store.deployments.update(changed, from: first, in: outside) == nil)
      #expect(try await store.deployments.update(changed, from: first, in: scope) == changed)
      #expect(try await store.deployments.update(changed, from: first, in: scope) == nil)
      #expect(try await store.deployments.deployment(first.id, in: .all) == changed)
      let events = try await store.deployments.events(
        first.id, page: PageRequest(size: 10, token: nil))
      #expect(events.elements.map(\.reason) == ["waiting for room", "changed by ada"])
      let epoch = try await store.beginTerm()
      let placement = Make.placement(changed, on: cluster.id, devices: [0])
      _ = try await store.scheduler.place([placement], epoch: epoch, now: Self.later)
      let placed = try #require(try await store.deployments.deployment(first.id, in: .all))
      #expect(placed.state == .scheduled)
      #expect(try await store.deployments.update(changed, from: placed, in: scope) == nil)
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  // MARK: Priority classes

  @Test func `classes are seeded, put, replaced and removed`() async throws {
    try await StoreFixture.with { fixture in
      let classes = fixture.store.priorityClasses
      #expect(
        try await classes.priorityClasses().map(\.name) == ["urgent", "standard", "batch"])
      #expect(try await classes.priorityClass(named: "urgent")?.preempts == true)
      var one = PriorityClass(
        name: "night", priority: 3, preempts: false, protection: .seconds(1), updatedAt: Make.now)
      try await classes.put(one)
      #expect(try await classes.priorityClass(named: "night") == one)
      one = PriorityClass(
        name: "night", priority: 4, preempts: true, protection: .zero, updatedAt: Self.later)
      try await classes.put(one)
      #expect(try await classes.priorityClasses().last == one)
      #expect(try await classes.removePriorityClass(named: "night"))
      #expect(try await classes.removePriorityClass(named: "night") == false)
      for index in 0..<DomainLimits.priorityClasses - 3 {
        try await classes.put(
          PriorityClass(
            name: "c\(index)", priority: 0, preempts: false, protection: .zero,
            updatedAt: Make.now))
      }
      await #expect(throws: DomainError.self) { try await classes.put(one) }
    }
  }
}
