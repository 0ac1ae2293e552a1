import Domain
import Testing

@Suite struct ClustersTests {
  @Test func `a cluster is made empty, with a device for each thousand`() async throws {
    let acme = try await Platform.acme()
    acme.platform.broadcast.forget()
    let cluster = try await acme.platform.cluster("c1", in: acme.id, by: acme.ada, gpu: 3_000)
    #expect(cluster.allocated == .zero)
    #expect(cluster.available == cluster.capacity)
    #expect(cluster.gpuAllocated == [0, 0, 0])
    #expect(acme.platform.broadcast.told == [.changed])
  }

  @Test func `a name is used once in an organization, and again in another`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    _ = try await platform.cluster("c1", in: acme.id, by: acme.ada)
    let error = await failure { try await platform.cluster("c1", in: acme.id, by: acme.ada) }
    #expect(error == .alreadyExists(kind: "cluster", name: "c1"))
    let other = try await platform.organization("other", by: acme.ada)
    _ = try await platform.cluster("c1", in: other.id, by: acme.ada)
  }

  @Test func `every field that breaks a rule is named`() async throws {
    let acme = try await Platform.acme()
    let grant = try await acme.platform.grant("ClusterService/CreateCluster", acme.ada)
    let draft = ClusterDraft(
      organizationID: "acme", name: "C 1",
      capacity: RequestedResources(cpuMillis: 0, memoryBytes: -1, gpuMillis: 1_500),
      gpuModel: " A100")
    #expect(
      await refusedFields { try await acme.platform.clusters.create(grant, draft) } == [
        "organization_id", "name", "capacity.cpu_millis", "capacity.memory_bytes",
        "capacity.gpu_millis", "gpu_model",
      ])
    let empty = ClusterDraft(organizationID: "", name: "", capacity: nil)
    #expect(
      await refusedFields { try await acme.platform.clusters.create(grant, empty) }
        == ["organization_id", "name", "capacity"])
  }

  @Test(
    arguments: [
      (RequestedResources(cpuMillis: .max, memoryBytes: 1), "capacity.cpu_millis"),
      (RequestedResources(cpuMillis: .min, memoryBytes: 1), "capacity.cpu_millis"),
      (RequestedResources(cpuMillis: 1, memoryBytes: .max), "capacity.memory_bytes"),
      (RequestedResources(cpuMillis: 1, memoryBytes: 1 << 60 + 1), "capacity.memory_bytes"),
      (
        RequestedResources(cpuMillis: 1, memoryBytes: 1, gpuMillis: 1_025_000),
        "capacity.gpu_millis"
      ),
      (RequestedResources(cpuMillis: 1, memoryBytes: 1, gpuMillis: .min), "capacity.gpu_millis"),
    ])
  func `an amount beyond all bounds is refused by field`(
    capacity: RequestedResources, field: String
  ) async {
    var validation = Validation()
    #expect(validation.capacity(capacity, "capacity") == nil)
    #expect(validation.violations.map(\.field) == [field])
  }

  @Test func `the largest amounts pass`() {
    var validation = Validation()
    let largest = RequestedResources(
      cpuMillis: ResourceLimits.cpu.value, memoryBytes: ResourceLimits.memory.value,
      gpuMillis: ResourceLimits.gpu.value)
    #expect(validation.capacity(largest, "capacity") != nil)
    #expect(validation.request(largest, "resources") != nil)
    #expect(validation.violations == [])
  }

  @Test func `a change touches only what it names`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let cluster = try await platform.cluster("c1", in: acme.id, by: acme.ada)
    let grant = try await platform.grant("ClusterService/UpdateCluster", acme.ada)
    platform.broadcast.forget()
    let changed = try await platform.clusters.update(
      grant, id: cluster.id.description,
      RequestedClusterChange(cpuMillis: 8_000, gpuMillis: 4_000))
    #expect(changed.capacity.cpu == MilliCPU(8_000))
    #expect(changed.capacity.memory == cluster.capacity.memory)
    #expect(changed.gpuAllocated.count == 4)
    #expect(changed.name == "c1" && changed.gpuModel == "A100")
    #expect(platform.broadcast.told == [.changed])
    let same = try await platform.clusters.update(
      grant, id: cluster.id.description, RequestedClusterChange())
    #expect(same == changed)
  }

  @Test func `a capacity does not fall below what is allocated`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let cluster = try await platform.cluster("c1", in: acme.id, by: acme.ada)
    let deployment = try await platform.deploy(acme.draft(cluster: cluster), by: acme.ada)
    platform.database.run(deployment.id, on: cluster.id, now: platform.clock.now())
    let grant = try await platform.grant("ClusterService/UpdateCluster", acme.ada)
    let error = await failure {
      try await platform.clusters.update(
        grant, id: cluster.id.description, RequestedClusterChange(cpuMillis: 499))
    }
    #expect(error?.isFailedPrecondition == true)
    let exact = try await platform.clusters.update(
      grant, id: cluster.id.description, RequestedClusterChange(cpuMillis: 500))
    #expect(exact.available.cpu == MilliCPU(0))
  }

  @Test func `every bad field of a change is named`() async throws {
    let acme = try await Platform.acme()
    let grant = try await acme.platform.grant("ClusterService/UpdateCluster", acme.ada)
    let change = RequestedClusterChange(
      name: "", cpuMillis: 0, memoryBytes: 0, gpuMillis: 1, gpuModel: "\n")
    #expect(
      await refusedFields { try await acme.platform.clusters.update(grant, id: "", change) }
        == ["id", "name", "gpu_model", "cpu_millis", "memory_bytes", "gpu_millis"])
  }

  @Test func `clusters are found by prefix, model and what is free`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    _ = try await platform.cluster("east-1", in: acme.id, by: acme.ada, cpu: 1_000)
    _ = try await platform.cluster("east-2", in: acme.id, by: acme.ada, cpu: 2_000, model: "H100")
    _ = try await platform.cluster("west-1", in: acme.id, by: acme.ada, cpu: 3_000)
    let grant = try await platform.grant("ClusterService/ListClusters", acme.ada)
    func names(_ query: ClusterQuery) async throws -> [String] {
      try await platform.clusters.list(grant, query).elements.map(\.name)
    }
    #expect(try await names(ClusterQuery()) == ["east-1", "east-2", "west-1"])
    #expect(try await names(ClusterQuery(namePrefix: "east")) == ["east-1", "east-2"])
    #expect(try await names(ClusterQuery(gpuModel: "H100")) == ["east-2"])
    let least = RequestedResources(cpuMillis: 2_000)
    #expect(try await names(ClusterQuery(availableAtLeast: least)) == ["east-2", "west-1"])
    #expect(
      await refusedFields {
        try await names(
          ClusterQuery(
            organizationID: "x", namePrefix: String(repeating: "n", count: 65), gpuModel: "\0",
            availableAtLeast: RequestedResources(cpuMillis: -1, memoryBytes: -1, gpuMillis: -1),
            page: RequestedPage(size: -1)))
      } == [
        "organization_id", "name_prefix", "gpu_model", "available_at_least.cpu_millis",
        "available_at_least.memory_bytes", "available_at_least.gpu_millis", "page.size",
      ])
  }

  @Test func `an agent token opens its cluster until it is revoked`() async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let cluster = try await platform.cluster("c1", in: acme.id, by: acme.ada)
    let other = try await platform.cluster("c2", in: acme.id, by: acme.ada)
    let create = try await platform.grant("ClusterService/CreateAgentToken", acme.ada)
    var tokens: [String] = []
    for _ in 0..<2 {
      tokens.append(
        try await platform.clusters.createAgentToken(create, clusterID: cluster.id.description))
    }
    let others = try await platform.clusters.createAgentToken(
      create, clusterID: other.id.description)
    for token in tokens {
      #expect(
        try await platform.grant("AgentService/Attach", token).agentCluster() == cluster.id)
    }
    platform.broadcast.forget()
    let revoked = try await platform.clusters.revokeAgentTokens(
      try await platform.grant("ClusterService/RevokeAgentTokens", acme.ada),
      clusterID: cluster.id.description)
    #expect(revoked == 2)
    #expect(platform.broadcast.told == [.accessChanged(cluster.id.description)])
    for token in tokens {
      let error = await failure { try await platform.grant("AgentService/Attach", token) }
      #expect(error?.isUnauthenticated == true)
    }
    #expect(try await platform.grant("AgentService/Attach", others).agentCluster() == other.id)
  }

  @Test(arguments: [Role.developer, .viewer])
  func `who is no admin looks at clusters and changes none`(role: Role) async throws {
    let acme = try await Platform.acme()
    let platform = acme.platform
    let cluster = try await platform.cluster("c1", in: acme.id, by: acme.ada)
    let bob = try await platform.member("bob", of: acme.id, role: role, admin: acme.ada)
    let id = cluster.id.description
    #expect(
      try await platform.clusters.get(
        try await platform.grant("ClusterService/GetCluster", bob), id: id)
        == cluster)
    let errors = [
      await failure { try await platform.cluster("c2", in: acme.id, by: bob) },
      await failure {
        try await platform.clusters.update(
          try await platform.grant("ClusterService/UpdateCluster", bob), id: id,
          RequestedClusterChange(cpuMillis: 1))
      },
      await failure {
        try await platform.clusters.createAgentToken(
          try await platform.grant("ClusterService/CreateAgentToken", bob), clusterID: id)
      },
      await failure {
        try await platform.clusters.revokeAgentTokens(
          try await platform.grant("ClusterService/RevokeAgentTokens", bob), clusterID: id)
      },
    ]
    for error in errors { #expect(error?.isPermissionDenied == true) }
  }

  @Test func `what a cluster could never hold is told by dimension`() {
    let cluster = Cluster(
      id: ClusterID(1), organization: OrganizationID(1), name: "c1",
      capacity: Resources(cpu: MilliCPU(10), memory: Bytes(10), gpu: MilliGPU(1_000)),
      gpuModel: "A100", createdAt: Instant(microseconds: 0), updatedAt: Instant(microseconds: 0))
    let fits = Resources(cpu: MilliCPU(10), memory: Bytes(10), gpu: MilliGPU(1_000))
    #expect(cluster.shortages(for: fits, gpuModels: ["H100", "A100"]) == [])
    #expect(cluster.shortages(for: fits, gpuModels: []) == [])
    let wrongModel = cluster.shortages(for: fits, gpuModels: ["H100", "V100"])
    #expect(wrongModel == ["gpu_models: needs H100 or V100, its devices are A100"])
    let huge = Resources(cpu: MilliCPU(11), memory: Bytes(12), gpu: MilliGPU(2_000))
    #expect(
      cluster.shortages(for: huge, gpuModels: []) == [
        "cpu_millis: needs 11, it has 10", "memory_bytes: needs 12, it has 10",
        "gpu_millis: needs 2000, it has 1000",
      ])
  }
}
