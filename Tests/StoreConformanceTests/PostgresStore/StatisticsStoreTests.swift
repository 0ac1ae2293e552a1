internal import Domain
internal import PostgresStore
internal import Testing

@Suite(.timeLimit(.minutes(2))) struct StatisticsStoreTests {
  @Test(arguments: Way.allCases)
  func `it counts what waits by priority, and since when`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let epoch = try await store.beginTerm()
      for (priority, age) in [(500, 10), (500, 30), (7, 20)] {
        _ = try await store.queue(
          Make.deployment(
            cluster.organization, priority: priority,
            createdAt: Make.now - .seconds(age)), idempotency: nil)
      }
      // A retry waits since its pause was over, however old it is.
      let retried = try await store.makePlaced(on: cluster, epoch: epoch)
      let retryAt = Make.now + .seconds(5)
      let report = AgentReport(
        deployment: retried.id, attempt: 1, outcome: .failed(exitCode: 1, retryAt: retryAt),
        reason: "exited")
      _ = try await store.deployments.apply(report, cluster: cluster.id, now: Make.now)

      let paused = try await store.platform.platform(heardBefore: Make.now, now: Make.now)
      #expect(paused.queue.map(\.priority) == [900, 500, 100, 7, 0])
      #expect(paused.queue.map(\.deployments) == [0, 2, 0, 1, 1])
      #expect(paused.queue.map(\.paused) == [0, 0, 0, 0, 1])
      #expect(
        paused.queue.map(\.waitingSince)
          == [nil, Make.now - .seconds(30), nil, Make.now - .seconds(20), nil])

      let later = try await store.platform.platform(heardBefore: Make.now, now: retryAt)
      #expect(later.queue.last?.paused == 0)
      #expect(later.queue.last?.waitingSince == retryAt)
    }
  }

  @Test func `it counts what holds, what there is to hold, and agents`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let epoch = try await store.beginTerm()
      let first = try await store.makeCluster()
      let second = try await store.makeCluster()
      let third = try await store.makeCluster()
      let placed = try await store.makePlaced(on: first, epoch: epoch)
      let running = try await store.makePlaced(on: second, epoch: epoch)
      for outcome in [AgentReport.Outcome.starting, .running] {
        _ = try await store.deployments.apply(
          AgentReport(deployment: running.id, attempt: 1, outcome: outcome, reason: ""),
          cluster: second.id, now: Make.now)
      }
      let location = AgentLocation(replica: Make.id(), address: "h:1")
      for (cluster, age) in [(first, 0), (second, 60)] {
        try await store.agents.attach(
          cluster: cluster.id, session: 1, location: location, version: "1", engine: "simulated",
          now: Make.now - .seconds(age))
      }
      let platform = try await store.platform.platform(
        heardBefore: Make.now - .seconds(15), now: Make.now)
      #expect((platform.scheduled, platform.starting, platform.running) == (1, 0, 1))
      #expect(platform.agents.attached == 1)
      #expect(platform.agents.lost == 1)
      #expect(platform.agents.none == 1)
      #expect(platform.clusterCount == 3)
      #expect(platform.clusters.map(\.id) == [first, second, third].map(\.id).sorted())
      #expect(platform.capacity == first.capacity + second.capacity + third.capacity)
      #expect(platform.allocated == placed.request + running.request)
      let told = try #require(platform.clusters.first { $0.id == first.id })
      #expect(told.name == first.name)
      #expect(told.capacity == first.capacity)
      #expect(told.allocated == placed.request)
      #expect(
        try await store.organizations.organization(first.organization)?.name == told.organization)
    }
  }

  @Test func `sums beyond 64 bits are the largest number`() async throws {
    try await StoreFixture.with { fixture in
      for _ in 0..<9 {
        _ = try await fixture.store.makeCluster(
          capacity: Make.resources(cpu: 1, memory: ResourceLimits.memory.value))
      }
      let platform = try await fixture.store.platform.platform(
        heardBefore: Make.now, now: Make.now)
      #expect(platform.capacity.memory == Bytes(.max))
      #expect(platform.capacity.cpu == MilliCPU(9))
    }
  }

  @Test func `statements are counted under their names, failures under why`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let before = await store.statistics()
      #expect(before.connections > 0)
      #expect(before.connections == before.configuredConnections)
      #expect(before.openedConnections >= UInt64(before.connections))
      let cluster = try await store.makeCluster()
      await #expect(throws: DomainError.self) {
        _ = try await store.clusters.insert(
          Make.cluster(cluster.organization, name: cluster.name))
      }
      let after = await store.statistics()
      let inserts = try #require(after.statements.first { $0.name == "insert_cluster" })
      #expect(inserts.latency.count == 2)
      #expect(inserts.errors == ["refused": 1])
      #expect(after.statements.map(\.name) == after.statements.map(\.name).sorted())
      #expect(after.inFlight == 0)
      #expect(after.waiting == 0)
    }
  }
}
