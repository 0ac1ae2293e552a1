internal import Domain
internal import PostgresStore
internal import TestSupport
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct ClusterStoreTests {
  @Test(arguments: Way.allCases)
  func `a cluster is found in its scope alone`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      #expect(cluster.gpuAllocated == [0, 0, 0, 0])
      #expect(cluster.allocated == .zero)
      let mine = TenantScope.organizations([cluster.organization])
      let other = TenantScope.organizations([Make.id(), Make.id()])
      #expect(try await store.clusters.cluster(cluster.id, in: mine) == cluster)
      #expect(try await store.clusters.cluster(cluster.id, in: .all) == cluster)
      #expect(try await store.clusters.cluster(cluster.id, in: other) == nil)
      #expect(try await store.clusters.cluster(cluster.id, in: .organizations([])) == nil)
      let foreign = try await store.clusters.update(
        cluster.id, ClusterChange(name: "stolen"), in: other)
      #expect(foreign == nil)
    }
  }

  @Test func `of many of one name in one organization exactly one is made`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let organization = try await store.makeOrganization().organization
      let elsewhere = try await store.makeOrganization().organization
      let outcomes = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<16 {
          group.addTask {
            do throws(DomainError) {
              _ = try await store.clusters.insert(Make.cluster(organization.id, name: "c"))
              return true
            } catch {
              return error != .alreadyExists(kind: "cluster", name: "c")
            }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0 } == 1)
      let same = try await store.clusters.insert(Make.cluster(elsewhere.id, name: "c"))
      #expect(same.name == "c")
    }
  }

  @Test func `an unknown organization, and devices in part, are refused`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let unknown: OrganizationID = Make.id()
      await #expect(
        throws: DomainError.notFound(kind: "organization", name: unknown.description)
      ) {
        try await store.clusters.insert(Make.cluster(unknown))
      }
      let organization = try await store.makeOrganization().organization
      await #expect(throws: DomainError.self) {
        try await store.clusters.insert(
          Make.cluster(organization.id, capacity: Make.resources(cpu: 1, gpu: 1_500)))
      }
    }
  }

  @Test(arguments: Way.allCases)
  func `a listing filters, and goes on where a page ended`(way: Way) async throws {
    try await StoreFixture.with(way) { fixture in
      let store = fixture.store
      let first = try await store.makeOrganization().organization
      let second = try await store.makeOrganization().organization
      var made: [Cluster] = []
      for index in 0..<9 {
        made.append(
          try await store.clusters.insert(
            Make.cluster(
              index.isMultiple(of: 2) ? first.id : second.id, name: "c\(index % 5)-\(index)",
              capacity: Make.resources(cpu: Int64(index) * 1_000, memory: 1 << 30, gpu: 0),
              gpuModel: index < 4 ? "A100" : "T4")))
      }
      let scope = TenantScope.organizations([first.id, second.id])
      func list(_ filter: ClusterFilter, _ scope: TenantScope) async throws -> [String] {
        try await [Cluster].everyPage(size: 2) {
          try await store.clusters.clusters(filter, in: scope, page: $0)
        }.map(\.name)
      }
      let names = made.map(\.name).sorted()
      #expect(try await list(ClusterFilter(), scope) == names)
      #expect(try await list(ClusterFilter(), .all) == names)
      #expect(
        try await list(ClusterFilter(), .organizations([first.id]))
          == made.filter { $0.organization == first.id }.map(\.name).sorted())
      #expect(try await list(ClusterFilter(namePrefix: "c1"), scope) == ["c1-1", "c1-6"])
      #expect(try await list(ClusterFilter(namePrefix: "%"), scope) == [])
      #expect(try await list(ClusterFilter(gpuModel: "T4"), scope).count == 5)
      #expect(
        try await list(ClusterFilter(availableAtLeast: Make.resources(cpu: 7_000)), scope)
          == ["c2-7", "c3-8"])
    }
  }

  @Test func `capacity cannot shrink below what is allocated, in any dimension`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let epoch = try await store.beginTerm()
      _ = try await store.makePlaced(
        on: cluster, request: Make.resources(cpu: 2_000, memory: 1 << 30, gpu: 2_000),
        devices: [1, 2], epoch: epoch)
      for change in [
        ClusterChange(cpu: MilliCPU(1_999)), ClusterChange(memory: Bytes(1 << 30 - 1)),
        ClusterChange(gpu: MilliGPU(1_000)),
        // Enough in sum, but device 2 is held.
        ClusterChange(gpu: MilliGPU(2_000)),
      ] {
        do throws(DomainError) {
          _ = try await store.clusters.update(cluster.id, change, in: .all)
          Issue.record("\(change) was accepted")
        } catch {
          guard case .failedPrecondition = error else {
            Issue.record("\(error)")
            continue
          }
        }
      }
      let unchanged = try await store.clusters.cluster(cluster.id, in: .all)
      #expect(unchanged?.capacity == cluster.capacity)
      #expect(unchanged?.gpuAllocated == [0, 1_000, 1_000, 0])
      let changed = try await store.clusters.update(
        cluster.id,
        ClusterChange(
          name: "smaller", cpu: MilliCPU(2_000), memory: Bytes(1 << 30), gpu: MilliGPU(3_000),
          gpuModel: "H100"), in: .all)
      #expect(changed?.name == "smaller")
      #expect(changed?.gpuModel == "H100")
      #expect(changed?.capacity == Make.resources(cpu: 2_000, memory: 1 << 30, gpu: 3_000))
      #expect(changed?.gpuAllocated == [0, 1_000, 1_000])
      let grown = try await store.clusters.update(
        cluster.id, ClusterChange(gpu: MilliGPU(5_000)), in: .all)
      #expect(grown?.gpuAllocated == [0, 1_000, 1_000, 0, 0])
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  @Test func `a new name that another cluster has is refused`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let organization = try await store.makeOrganization().organization
      _ = try await store.clusters.insert(Make.cluster(organization.id, name: "a"))
      let second = try await store.clusters.insert(Make.cluster(organization.id, name: "b"))
      await #expect(throws: DomainError.alreadyExists(kind: "cluster", name: "a")) {
        try await store.clusters.update(second.id, ClusterChange(name: "a"), in: .all)
      }
    }
  }

  @Test func `the largest fit is one that could hold the request if any could`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let organization = try await store.makeOrganization().organization
      #expect(
        try await store.clusters.largestFit(
          for: .zero, gpuModels: [], in: organization.id) == nil)
      func add(_ name: String, cpu: Int64, memory: Int64, gpu: Int64, model: String) async throws {
        _ = try await store.clusters.insert(
          Make.cluster(
            organization.id, name: name,
            capacity: Make.resources(cpu: cpu, memory: memory, gpu: gpu), gpuModel: model))
      }
      try await add("big-cpu", cpu: 64_000, memory: 1_000, gpu: 0, model: "")
      try await add("balanced", cpu: 8_000, memory: 8_000, gpu: 2_000, model: "T4")
      try await add("many-gpus", cpu: 1_000, memory: 1_000, gpu: 8_000, model: "A100")
      func best(_ request: Resources, _ models: [String] = []) async throws -> String? {
        try await store.clusters.largestFit(
          for: request, gpuModels: models, in: organization.id)?.name
      }
      #expect(try await best(Make.resources(cpu: 60_000, memory: 500)) == "big-cpu")
      #expect(try await best(Make.resources(cpu: 4_000, memory: 4_000, gpu: 1_000)) == "balanced")
      #expect(try await best(Make.resources(cpu: 500, memory: 500, gpu: 1_000)) == "many-gpus")
      #expect(
        try await best(Make.resources(cpu: 500, memory: 500, gpu: 1_000), ["T4"]) == "balanced")
    }
  }

  @Test func `an agent token is known until it is revoked`() async throws {
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let (first, second) = (Make.digest(), Make.digest())
      try await store.clusters.insertAgentToken(digest: first, cluster: cluster.id)
      try await store.clusters.insertAgentToken(digest: second, cluster: cluster.id)
      let principal = try await store.access.principal(agentTokenDigest: first)
      #expect(principal?.identity == .agent(cluster.id))
      #expect(principal?.name == cluster.name)
      #expect(try await store.clusters.revokeAgentTokens(cluster: cluster.id) == 2)
      #expect(try await store.clusters.revokeAgentTokens(cluster: cluster.id) == 0)
      #expect(try await store.access.principal(agentTokenDigest: second) == nil)
      await #expect(throws: DomainError.self) {
        try await store.clusters.insertAgentToken(digest: Make.digest(), cluster: Make.id())
      }
    }
  }
}
