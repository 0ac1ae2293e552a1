internal import Domain
internal import PostgresStore
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct AgentStoreTests {
  private static let here = AgentLocation(replica: Make.id(), address: "10.0.0.1:7443")
  private static let there = AgentLocation(replica: Make.id(), address: "10.0.0.2:7443")

  private static func attach(
    _ store: PostgresStore, _ cluster: Cluster, _ session: Nonce, _ location: AgentLocation,
    now: Instant = Make.now
  ) async throws {
    try await store.agents.attach(
      cluster: cluster.id, session: session, location: location, version: "1.2.3",
      engine: "docker", now: now)
  }

  @Test(arguments: Way.allCases)
  func `a newer session ends what an older one may say`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      #expect(try await store.agents.location(cluster: cluster.id) == nil)
      #expect(try await store.clusters.cluster(cluster.id, in: .all)?.agent == nil)
      try await Self.attach(store, cluster, 1, Self.here)
      #expect(try await store.agents.location(cluster: cluster.id) == Self.here)
      try await Self.attach(store, cluster, Nonce(.max), Self.there)
      #expect(try await store.agents.location(cluster: cluster.id) == Self.there)
      let later = Make.now + .seconds(5)
      #expect(try await store.agents.heartbeat([(cluster.id, 1)], now: later) == [])
      try await store.agents.detach(cluster: cluster.id, session: 1, now: later)
      #expect(try await store.agents.location(cluster: cluster.id) == Self.there)
      #expect(
        try await store.clusters.cluster(cluster.id, in: .all)?.agentSeenAt == Make.now)
      #expect(
        try await store.agents.heartbeat([(cluster.id, Nonce(.max))], now: later) == [cluster.id])
      let seen = try await store.clusters.cluster(cluster.id, in: .all)
      #expect(seen?.agentSeenAt == later)
      #expect(
        seen?.agent == ClusterAgent(version: "1.2.3", engine: "docker", attachedAt: Make.now))
      #expect(seen?.agentAttached == true)
      try await store.agents.detach(cluster: cluster.id, session: Nonce(.max), now: later)
      #expect(try await store.agents.location(cluster: cluster.id) == nil)
      #expect(try await store.clusters.cluster(cluster.id, in: .all)?.agentAttached == false)
      #expect(try await store.agents.heartbeat([(cluster.id, Nonce(.max))], now: later) == [])
    }
  }

  @Test func `heartbeats of many clusters are one statement, and name the living`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      var sessions: [(cluster: ClusterID, session: Nonce)] = []
      var living: Set<ClusterID> = []
      for index in 0..<12 {
        let cluster = try await store.makeCluster()
        try await Self.attach(store, cluster, Nonce(UInt128(index)), Self.here)
        let isLiving = index.isMultiple(of: 3)
        if isLiving { living.insert(cluster.id) }
        sessions.append((cluster.id, isLiving ? Nonce(UInt128(index)) : 999))
      }
      let asked = sessions
      let alive = try await store.agents.heartbeat(asked, now: Make.now + .seconds(1))
      #expect(alive == living)
      let none = try await store.agents.heartbeat([], now: Make.now)
      #expect(none == [])
    }
  }

  @Test func `an agent of no cluster is refused`() async throws {
    try await StoreFixture.with { fixture in
      await #expect(throws: DomainError.self) {
        try await fixture.store.agents.attach(
          cluster: Make.id(), session: 1, location: Self.here, version: "", engine: "",
          now: Make.now)
      }
    }
  }
}
