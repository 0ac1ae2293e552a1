internal import Domain
internal import PostgresStore
internal import TestSupport
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct ChangeStoreTests {
  /// Everything since `cursor`, and where to go on.
  private static func drain(
    _ store: PostgresStore, _ cursor: inout ChangeCursor, limit: Int
  ) async throws -> (events: [DeploymentEvent], clusters: [Cluster]) {
    var events: [DeploymentEvent] = []
    var clusters: [Cluster] = []
    while true {
      let batch = try await store.changes.changes(since: cursor, limit: limit)
      #expect(batch.changes.count <= limit)
      events += batch.changes.map(\.event)
      clusters += batch.clusters
      cursor = batch.next
      if !batch.isMore { return (events, clusters) }
    }
  }

  @Test(arguments: Way.allCases)
  func `what commits after the cursor comes, in order, page by page, once`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let before = try await store.makeCluster()
      _ = try await store.queue(
        Make.deployment(before.organization), idempotency: nil)
      var cursor = try await store.changes.currentCursor()
      let nothing = try await Self.drain(store, &cursor, limit: 2)
      #expect(nothing.events == [])
      #expect(nothing.clusters == [])
      var made: [DeploymentID] = []
      for _ in 0..<5 {
        made.append(
          try await store.queue(
            Make.deployment(before.organization), idempotency: nil
          ).id)
      }
      let cluster = try await store.clusters.insert(Make.cluster(before.organization))
      let some = try await Self.drain(store, &cursor, limit: 2)
      #expect(some.events.map(\.deployment) == made)
      #expect(some.clusters == [cluster])
      let after = try await Self.drain(store, &cursor, limit: 2)
      #expect(after.events == [])
      #expect(after.clusters == [])
    }
  }

  @Test func `a change carries the deployment as it is now`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let cursor = try await store.changes.currentCursor()
      let placed = try await store.makePlaced(on: cluster, epoch: store.beginTerm())
      let batch = try await store.changes.changes(since: cursor, limit: 10)
      #expect(batch.changes.map(\.event.state) == [.queued, .scheduled])
      #expect(batch.changes.map(\.deployment) == [placed, placed])
      // What placing changes of a cluster is no change of its capacity.
      #expect(batch.clusters == [])
      let resized = try await store.clusters.update(
        cluster.id, ClusterChange(cpu: MilliCPU(99_000)), in: .all)
      let next = try await store.changes.changes(since: batch.next, limit: 10)
      #expect(next.clusters == [try #require(resized)])
    }
  }

  @Test func `a transaction that commits late is not passed over`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      var cursor = try await store.changes.currentCursor()
      // Holds its transaction open with an event of a low sequence, while others commit and are
      // read.
      let late = Task {
        try await fixture.database.query(
          """
          BEGIN;
          INSERT INTO deployment_events (deployment_id, at, attempt, state, reason)
          SELECT id, now(), 0, 'queued', 'late' FROM deployments LIMIT 1;
          SELECT pg_sleep(1.0);
          COMMIT
          """)
      }
      let first = try await store.queue(
        Make.deployment(cluster.organization), idempotency: nil)
      _ = first
      try await eventually("the late transaction is open") {
        try await fixture.database.sleepers() == 1
      }
      var seen: [DeploymentEvent] = []
      for _ in 0..<4 {
        _ = try await store.queue(
          Make.deployment(cluster.organization), idempotency: nil)
        seen += try await Self.drain(store, &cursor, limit: 3).events
      }
      #expect(seen.count == 5)
      _ = try await late.value
      let rest = try await Self.drain(store, &cursor, limit: 3).events
      // The late one may have found no deployment to write about; the test below has many.
      let written = try await fixture.database.query(
        "SELECT count(*) FROM deployment_events WHERE reason = 'late'")
      #expect(rest.count == Int(written[0][0]))
      #expect(Set((seen + rest).map(\.sequence)).count == seen.count + rest.count)
    }
  }

  @Test func `under concurrent commits the feed has no gap and nothing twice`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster(
        capacity: Make.resources(cpu: 1 << 30, memory: 1 << 50))
      let epoch = try await store.beginTerm()
      let start = try await store.changes.currentCursor()
      let writers = 8
      let rounds = 25
      let events = try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<writers {
          group.addTask {
            for _ in 0..<rounds {
              let placed = try await store.makePlaced(on: cluster, epoch: epoch)
              _ = try await store.deployments.cancel(
                placed.id, in: .all, reason: "next", now: Make.now)
            }
          }
        }
        group.addTask {
          // Longer transactions, whose events have low sequences when they commit.
          for index in 0..<10 {
            _ = try await fixture.database.query(
              """
              BEGIN;
              INSERT INTO deployment_events (deployment_id, at, attempt, state, reason)
              SELECT id, now(), 0, 'queued', 'slow' FROM deployments LIMIT 3;
              SELECT pg_sleep(0.0\(index));
              COMMIT
              """)
          }
        }
        var cursor = start
        var events: [DeploymentEvent] = []
        let expected = writers * rounds * 3
        try await eventually("every event", within: .seconds(60)) {
          events += try await Self.drain(store, &cursor, limit: 17).events
          return events.count { $0.reason != "slow" } >= expected
        }
        try await group.waitForAll()
        events += try await Self.drain(store, &cursor, limit: 17).events
        return events
      }
      let written = try await fixture.database.query(
        "SELECT sequence FROM deployment_events ORDER BY sequence")
      #expect(events.map(\.sequence).sorted() == written.map { Int64($0[0])! })
    }
  }

  @Test func `a cursor of the transaction alone misses nothing either`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let plain = ChangeCursor(transaction: try await store.changes.currentCursor().transaction)
      let made = try await store.queue(
        Make.deployment(cluster.organization), idempotency: nil)
      let batch = try await store.changes.changes(since: plain, limit: 10)
      #expect(batch.changes.map(\.deployment).contains(made))
    }
  }
}
