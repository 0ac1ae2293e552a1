internal import Domain
internal import PostgresStore
internal import TestSupport
internal import Testing

/// Faults 25 to 27 of the public implementation: lost updates between schedule, complete and
/// update.
@Suite(.timeLimit(.minutes(5))) struct SchedulingRaceTests {
  @Test(arguments: Way.allCases)
  func `placing, ending and resizing at once keep every invariant`(way: Way) async throws {
    let seed = UInt64.random(in: .min ... .max)
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let organization = try await store.makeOrganization().organization
      var clusters: [Cluster] = []
      for _ in 0..<3 {
        clusters.append(
          try await store.clusters.insert(
            Make.cluster(
              organization.id, capacity: Make.resources(cpu: 10_000, memory: 10_000, gpu: 4_000))))
      }
      let made = clusters
      let terms = Terms(current: try await store.beginTerm())
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<4 {
          group.addTask {
            var random = SeededRandom(seed: seed &+ UInt64(index))
            do {
              try await Self.schedule(store, organization.id, made, terms, &random)
            } catch {
              // Else those who race with it would go on for ever.
              await terms.endScheduling()
              throw error
            }
            await terms.endScheduling()
          }
        }
        for index in 0..<4 {
          group.addTask {
            var random = SeededRandom(seed: seed &+ 100 &+ UInt64(index))
            // As long as there is somebody to race with, and some times more.
            var roundsLeft = 30
            while roundsLeft > 0 {
              try await Self.end(store, &random)
              if await terms.schedulers == 0 { roundsLeft -= 1 }
            }
          }
        }
        group.addTask {
          var random = SeededRandom(seed: seed &+ 200)
          try await Self.resize(store, made, &random)
        }
        group.addTask {
          // Leaders change, so that stale ones keep trying.
          for _ in 0..<8 {
            await terms.replace(try await store.beginTerm())
            try await Self.pass(store)
          }
        }
        try await group.waitForAll()
      }
      let broken = try await fixture.brokenInvariants()
      #expect(broken == [], "seed \(seed)")
      let events = try await fixture.database.query(
        """
        SELECT count(*) FILTER (WHERE state = 'scheduled'),
          count(*) FILTER (WHERE state IN ('completed', 'failed', 'cancelled'))
        FROM deployment_events
        """)
      // The race took place.
      #expect(Int(events[0][0])! > 20, "seed \(seed)")
      #expect(Int(events[0][1])! > 20, "seed \(seed)")
    }
  }

  /// What stale and current leaders believe, and how many still schedule.
  private actor Terms {
    var current: Epoch
    private(set) var schedulers = 4
    init(current: Epoch) { self.current = current }
    func endScheduling() { schedulers -= 1 }
    func replace(_ epoch: Epoch) { current = epoch }
  }

  private static func pass(_ store: PostgresStore) async throws {
    for _ in 0..<20 { try await store.ping() }
  }

  private static func schedule(
    _ store: PostgresStore, _ organization: OrganizationID, _ clusters: [Cluster], _ terms: Terms,
    _ random: inout SeededRandom
  ) async throws {
    var epoch = await terms.current
    for round in 0..<25 {
      var placements: [Placement] = []
      for _ in 0..<4 {
        let gpu: Int64 = [0, 250, 1_000, 2_000].randomElement(using: &random)!
        let request = Make.resources(
          cpu: .random(in: 1...3_000, using: &random),
          memory: .random(in: 1...3_000, using: &random),
          gpu: gpu)
        let deployment = try await store.queue(
          Make.deployment(organization, request: request, maxAttempts: 2), idempotency: nil)
        let first = Int.random(in: 0..<4, using: &random)
        let devices = gpu == 0 ? [] : gpu == 2_000 ? [first, (first + 1) % 4].sorted() : [first]
        let cluster = clusters.randomElement(using: &random)!
        placements.append(Make.placement(deployment, on: cluster.id, devices: devices))
      }
      let result = try await store.scheduler.place(placements, epoch: epoch, now: Make.now)
      // A stale leader finds out here alone.
      if result == .fenced || round % 7 == 6 { epoch = await terms.current }
    }
  }

  private static func end(_ store: PostgresStore, _ random: inout SeededRandom) async throws {
    let page = try await store.deployments.deployments(
      DeploymentFilter(
        states: Int.random(in: 0..<5, using: &random) == 0
          ? [.queued] : [.scheduled, .starting, .running]), in: .all,
      page: PageRequest(size: 20, token: nil))
    guard let some = page.elements.randomElement(using: &random) else { return }
    let report = { (outcome: AgentReport.Outcome) in
      AgentReport(
        deployment: some.id, attempt: some.attempt, outcome: outcome, reason: "race")
    }
    let cluster = some.placedCluster ?? Make.id()
    switch Int.random(in: 0..<6, using: &random) {
    case 0:
      _ = try await store.deployments.cancel(
        some.id, in: .all, reason: "race", now: Make.now)
    case 1:
      _ = try await store.deployments.complete(
        some.id, in: .all, reason: "race", now: Make.now)
    case 2:
      _ = try await store.deployments.apply(
        report(.running), cluster: cluster, now: Make.now)
    case 3:
      _ = try await store.deployments.apply(
        report(.failed(exitCode: 1, retryAt: Make.now)), cluster: cluster, now: Make.now)
    default:
      _ = try await store.deployments.apply(
        report(.completed(exitCode: 0)), cluster: cluster, now: Make.now)
    }
  }

  private static func resize(
    _ store: PostgresStore, _ clusters: [Cluster], _ random: inout SeededRandom
  ) async throws {
    for _ in 0..<40 {
      let cluster = clusters.randomElement(using: &random)!
      // Never so small that what is created above could fit nowhere, which is refused.
      let change = ClusterChange(
        cpu: MilliCPU(.random(in: 3_000...12_000, using: &random)),
        gpu: MilliGPU(1_000 * .random(in: 2...6, using: &random)))
      do throws(DomainError) {
        _ = try await store.clusters.update(cluster.id, change, in: .all)
      } catch {
        // Too small for what is held: the only refusal there is.
        guard case .failedPrecondition = error else { throw error }
      }
    }
  }
}
