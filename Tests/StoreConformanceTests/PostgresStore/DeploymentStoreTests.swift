internal import Domain
internal import EventLoop
internal import PostgresStore
internal import TestSupport
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct DeploymentStoreTests {
  @Test(arguments: Way.allCases)
  func `what is stored is read back as it was, in its scope alone`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let deployment = Make.deployment(
        cluster.organization, cluster: cluster.id,
        request: Make.resources(cpu: 1, memory: 2, gpu: 250), gpuModels: ["A100", "H\"1,0}0"])
      let made = try await store.queue(deployment, idempotency: nil)
      #expect(made == deployment)
      let mine = TenantScope.organizations([cluster.organization])
      #expect(try await store.deployments.deployment(deployment.id, in: mine) == deployment)
      #expect(
        try await store.deployments.deployment(deployment.id, in: .organizations([Make.id()]))
          == nil)
      let events = try await store.deployments.events(
        deployment.id, page: PageRequest(size: 10, token: nil)
      ).elements
      #expect(events.map(\.state) == [.queued])
      #expect(events.map(\.reason) == [deployment.reason])
    }
  }

  @Test func `an unknown organization or another one's cluster is not found`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let other = try await store.makeOrganization().organization
      let unknown: OrganizationID = Make.id()
      await #expect(
        throws: DomainError.notFound(kind: "organization", name: unknown.description)
      ) {
        try await store.queue(
          Make.deployment(unknown),
          idempotency: IdempotencyKey(key: "k", requestDigest: [1]))
      }
      await #expect(
        throws: DomainError.notFound(kind: "cluster", name: cluster.id.description)
      ) {
        try await store.queue(
          Make.deployment(other.id, cluster: cluster.id), idempotency: nil)
      }
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `creates of one turn are one batch, and a bad one fails alone`() async throws {
    try await StoreFixture.with(loops: 1) { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let bad = Set([3, 17, 18, 63])
      // 1500 thousandths of a GPU are neither whole devices nor a share of one.
      let items = (0..<64).map { index in
        Make.deployment(
          cluster.organization,
          request: Make.resources(cpu: 1, memory: 1, gpu: bad.contains(index) ? 1_500 : 0))
      }
      let outcomes = await fixture.group.loops[0].run { () async -> [Bool] in
        await withTaskGroup(of: (Int, Bool).self) { group in
          for (index, item) in items.enumerated() {
            group.addTask {
              do throws(DomainError) {
                return (
                  index, try await store.queue(item, idempotency: nil) == item
                )
              } catch {
                guard case .invalid = error else { return (index, true) }
                return (index, false)
              }
            }
          }
          return await group.reduce(into: Array(repeating: false, count: items.count)) {
            $0[$1.0] = $1.1
          }
        }
      }
      for index in items.indices { #expect(outcomes[index] == !bad.contains(index)) }
      let count = try await fixture.database.query("SELECT count(*) FROM deployments")
      #expect(count == [["\(items.count - bad.count)"]])
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test(arguments: Way.allCases)
  func `a listing is newest first, filters, and goes on where a page ended`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let other = try await store.makeCluster()
      var made: [Deployment] = []
      for index in 0..<11 {
        made.append(
          try await store.queue(
            Make.deployment(
              index < 8 ? cluster.organization : other.organization,
              cluster: index == 2 ? cluster.id : nil, priority: index % 3,
              // Pairs are of the same microsecond: then the identifier decides.
              createdAt: Make.now + .microseconds(index / 2)), idempotency: nil))
      }
      let epoch = try await store.beginTerm()
      let placed = try await store.scheduler.place(
        [Make.placement(made[5], on: cluster.id)], epoch: epoch, now: Make.now)
      #expect(placed == .placed([made[5].id]))
      let newest = made.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }.map(\.id)
      func list(_ filter: DeploymentFilter, _ scope: TenantScope) async throws -> [DeploymentID] {
        try await [Deployment].everyPage(size: 3) {
          try await store.deployments.deployments(filter, in: scope, page: $0)
        }.map(\.id)
      }
      let both = TenantScope.organizations([cluster.organization, other.organization])
      #expect(try await list(DeploymentFilter(), .all) == newest)
      #expect(try await list(DeploymentFilter(), both) == newest)
      let mine = Set(made[..<8].map(\.id))
      #expect(
        try await list(DeploymentFilter(), .organizations([cluster.organization]))
          == newest.filter(mine.contains))
      #expect(try await list(DeploymentFilter(), .organizations([Make.id()])) == [])
      #expect(
        try await list(DeploymentFilter(states: [.scheduled, .running]), both) == [made[5].id])
      #expect(
        try await list(DeploymentFilter(states: [.queued]), .all)
          == newest.filter { $0 != made[5].id })
      #expect(
        try await list(DeploymentFilter(states: [.scheduled, .failed]), .all) == [made[5].id])
      #expect(
        try await Set(list(DeploymentFilter(cluster: cluster.id), both))
          == [made[2].id, made[5].id])
      #expect(
        try await Set(list(DeploymentFilter(priority: 1), both))
          == Set(made.filter { $0.priority == 1 }.map(\.id)))
    }
  }

  @Test func `a page token that the listing did not give names page.token`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store.deployments
      for token in ["x", "BgAA", "BwAAAAAAAAAB", String(repeating: "B", count: 48)] {
        do throws(DomainError) {
          _ = try await store.deployments(
            DeploymentFilter(), in: .all, page: PageRequest(size: 1, token: token))
          Issue.record("\(token) was accepted")
        } catch {
          guard case .invalid(let violations) = error else {
            Issue.record("\(error)")
            continue
          }
          #expect(violations.map(\.field) == ["page.token"])
        }
      }
    }
  }

  @Test func `of many creates with one key one is made, and all get it`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let keys = (0..<6).map { IdempotencyKey(key: "key-\($0)", requestDigest: [UInt8($0)]) }
      let answers = try await withThrowingTaskGroup(of: (Int, DeploymentID).self) { group in
        for round in 0..<60 {
          group.addTask {
            let key = round % keys.count
            let deployment = try await store.queue(
              Make.deployment(cluster.organization), idempotency: keys[key])
            return (key, deployment.id)
          }
        }
        return try await group.reduce(into: [:]) {
          $0[$1.0, default: Set<DeploymentID>()].insert($1.1)
        }
      }
      #expect(answers.count == keys.count)
      for (_, ids) in answers { #expect(ids.count == 1) }
      let rows = try await fixture.database.query(
        "SELECT (SELECT count(*) FROM deployments), (SELECT count(*) FROM idempotency_keys)")
      #expect(rows == [["6", "6"]])
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `a key is of one request, one caller and one organization`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let other = try await store.makeCluster()
      let key = IdempotencyKey(key: "k", requestDigest: [1])
      let first = try await store.queue(
        Make.deployment(cluster.organization), idempotency: key)
      do throws(DomainError) {
        _ = try await store.queue(
          Make.deployment(cluster.organization),
          idempotency: IdempotencyKey(key: "k", requestDigest: [2]))
        Issue.record("another request was accepted")
      } catch {
        guard case .failedPrecondition = error else {
          Issue.record("\(error)")
          return
        }
      }
      let elsewhere = try await store.queue(
        Make.deployment(other.organization), idempotency: key)
      let someoneElse = try await store.queue(
        Make.deployment(cluster.organization, createdBy: "user:other"), idempotency: key)
      #expect(Set([first.id, elsewhere.id, someoneElse.id]).count == 3)
      let found = try await store.deployments.deployment(
        createdWith: key, organization: cluster.organization, createdBy: first.createdBy)
      #expect(found == first)
      let none = try await store.deployments.deployment(
        createdWith: IdempotencyKey(key: "unused", requestDigest: []),
        organization: cluster.organization, createdBy: first.createdBy)
      #expect(none == nil)
    }
  }
}
