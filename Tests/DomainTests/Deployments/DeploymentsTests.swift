import Domain
import Testing

@Suite struct DeploymentsTests {
  func acme() async throws -> (Acme, Cluster) {
    let acme = try await Platform.acme()
    let cluster = try await acme.platform.cluster("c1", in: acme.id, by: acme.ada)
    acme.platform.broadcast.forget()
    return (acme, cluster)
  }

  @Test func `a deployment is queued as it was asked for, and the others are told`() async throws {
    let (acme, cluster) = try await acme()
    let made = try await acme.platform.deploy(acme.draft(cluster: cluster), by: acme.ada)
    #expect(made.state == .queued && made.attempt == 0 && made.placedCluster == nil)
    #expect(made.organization == acme.id && made.requestedCluster == cluster.id)
    #expect(made.request.cpu == MilliCPU(500) && made.request.gpu == MilliGPU(0))
    #expect(made.command == ["serve", "--port", "80"])
    #expect(made.environment == ["MODEL": "bert", "BATCH": "8"])
    #expect(made.maxAttempts == 3 && made.priority == 5 && made.createdBy == "ada")
    #expect(acme.platform.broadcast.told == [.changed])
    let events = try await acme.platform.deployments.events(
      try await acme.platform.grant("DeploymentService/ListDeploymentEvents", acme.ada),
      id: made.id.description, page: RequestedPage())
    #expect(events.elements.map(\.state) == [.queued])
  }

  @Test func `a gang is so many that are alike, and ends as one`() async throws {
    let (acme, cluster) = try await acme()
    var draft = acme.draft(cluster: cluster)
    draft.replicas = 3
    let made = try await acme.platform.deploy(draft, by: acme.ada)
    #expect(made.gang == GangPlace(id: made.id, size: 3, index: 0))
    #expect(
      made.gangEnvironment == [
        "BERTH_GANG_ID": made.id.description, "BERTH_REPLICA": "0", "BERTH_REPLICAS": "3",
      ])
    let (platform, grant) = (
      acme.platform, try await acme.platform.grant("DeploymentService/ListDeployments", acme.ada)
    )
    func gang() async throws -> [Deployment] {
      try await platform.deployments.list(
        grant, DeploymentQuery(gangID: made.id.description)
      ).elements.sorted { $0.id < $1.id }
    }
    #expect(try await gang().compactMap(\.gang?.index) == [0, 1, 2])
    #expect(try await gang().allSatisfy { $0.request == made.request && $0.name == made.name })
    let last = try await gang()[2]
    _ = try await platform.deployments.cancel(
      try await platform.grant("DeploymentService/CancelDeployment", acme.ada),
      id: last.id.description)
    #expect(try await gang().allSatisfy { $0.state == .cancelled })
  }

  @Test(arguments: [-1, 65])
  func `a gang has 2 to 64 replicas`(replicas: Int) async throws {
    let (acme, cluster) = try await acme()
    var draft = acme.draft(cluster: cluster)
    draft.replicas = replicas
    #expect(
      await refusedFields { try await acme.platform.deploy(draft, by: acme.ada) } == ["replicas"])
  }

  @Test func `a gang that the clusters could not hold at once is refused, one of it would fit`()
    async throws
  {
    let (acme, cluster) = try await acme()
    var draft = acme.draft(cluster: cluster)
    draft.resources = RequestedResources(
      cpuMillis: cluster.capacity.cpu.value / 2, memoryBytes: 1, gpuMillis: 0)
    draft.replicas = 2
    _ = try await acme.platform.deploy(draft, by: acme.ada)
    draft.replicas = 3
    let error = await failure { try await acme.platform.deploy(draft, by: acme.ada) }
    #expect(
      error
        == .failedPrecondition(
          "a gang runs all at once: 2 of 3 replicas is the most that the cluster could hold, "
            + "even empty"))
  }

  @Test func `the organization follows from the cluster`() async throws {
    let (acme, cluster) = try await acme()
    var draft = acme.draft(cluster: cluster)
    draft.organizationID = ""
    #expect(try await acme.platform.deploy(draft, by: acme.ada).organization == acme.id)
  }

  @Test(arguments: ["", "any"])
  func `any cluster is none in particular, and then the organization is needed`(
    cluster: String
  ) async throws {
    let (acme, _) = try await acme()
    var draft = acme.draft()
    draft.clusterID = cluster
    #expect(try await acme.platform.deploy(draft, by: acme.ada).requestedCluster == nil)
    draft.organizationID = ""
    #expect(
      await refusedFields { try await acme.platform.deploy(draft, by: acme.ada) }
        == ["organization_id"])
  }

  @Test func `a cluster of another organization of the caller's does not count`() async throws {
    let (acme, _) = try await acme()
    let other = try await acme.platform.organization("other", by: acme.ada)
    let cluster = try await acme.platform.cluster("c1", in: other.id, by: acme.ada)
    let error = await failure {
      try await acme.platform.deploy(acme.draft(cluster: cluster), by: acme.ada)
    }
    #expect(error == .notFound(kind: "cluster", name: cluster.id.description))
  }

  @Test func `what its cluster could never hold is refused, by dimension and name`() async throws {
    let (acme, cluster) = try await acme()
    var draft = acme.draft(cluster: cluster)
    draft.resources = RequestedResources(
      cpuMillis: 4_001, memoryBytes: 8 << 30, gpuMillis: 3_000)
    let error = await failure { try await acme.platform.deploy(draft, by: acme.ada) }
    #expect(
      error
        == .failedPrecondition(
          "cluster c1 can never hold it: cpu_millis: needs 4001, it has 4000; "
            + "gpu_millis: needs 3000, it has 2000"))
    #expect(acme.platform.broadcast.told == [])
    #expect(acme.platform.database.with { $0.deployments.count } == 0)
  }

  @Test func `what no cluster could ever hold is refused, by the one that comes nearest`()
    async throws
  {
    let (acme, _) = try await acme()
    let platform = acme.platform
    _ = try await platform.cluster("big", in: acme.id, by: acme.ada, cpu: 64_000, gpu: 0, model: "")
    var draft = acme.draft()
    draft.resources = RequestedResources(cpuMillis: 64_001, memoryBytes: 1, gpuMillis: 0)
    let cpu = await failure { try await platform.deploy(draft, by: acme.ada) }
    #expect(cpu?.isFailedPrecondition == true)
    #expect(cpu?.text.contains("cpu_millis: needs 64001") == true)
    draft.resources = RequestedResources(cpuMillis: 64_000, memoryBytes: 1, gpuMillis: 0)
    _ = try await platform.deploy(draft, by: acme.ada)
    // Each dimension is somewhere, but nowhere both.
    draft.resources = RequestedResources(cpuMillis: 64_000, memoryBytes: 1, gpuMillis: 1_000)
    let both = await failure { try await platform.deploy(draft, by: acme.ada) }
    #expect(both?.isFailedPrecondition == true)
  }

  @Test func `a model that no cluster has is refused, one that any has is queued`() async throws {
    let (acme, _) = try await acme()
    var draft = acme.draft()
    draft.resources?.gpuMillis = 500
    draft.gpuModels = ["H100"]
    let error = await failure { try await acme.platform.deploy(draft, by: acme.ada) }
    #expect(error?.isFailedPrecondition == true)
    #expect(error?.text.contains("needs H100, its devices are A100") == true)
    draft.gpuModels = ["H100", "A100"]
    _ = try await acme.platform.deploy(draft, by: acme.ada)
  }

  @Test func `an organization without a cluster cannot deploy`() async throws {
    let acme = try await Platform.acme()
    let error = await failure { try await acme.platform.deploy(acme.draft(), by: acme.ada) }
    #expect(error?.isFailedPrecondition == true)
  }

  @Test func `what does not fit now but could is queued`() async throws {
    let (acme, cluster) = try await acme()
    var draft = acme.draft(cluster: cluster)
    draft.resources = RequestedResources(cpuMillis: 4_000, memoryBytes: 8 << 30, gpuMillis: 2_000)
    for _ in 0..<3 {
      let made = try await acme.platform.deploy(draft, by: acme.ada)
      acme.platform.database.run(made.id, on: cluster.id, now: acme.platform.clock.now())
      draft.name += "x"
    }
  }

  @Test func `a deployment is cancelled once, and what it held is free`() async throws {
    let (acme, cluster) = try await acme()
    let platform = acme.platform
    let made = try await platform.deploy(acme.draft(cluster: cluster), by: acme.ada)
    platform.database.run(made.id, on: cluster.id, now: platform.clock.now())
    let grant = try await platform.grant("DeploymentService/CancelDeployment", acme.ada)
    platform.broadcast.forget()
    let first = try await platform.deployments.cancel(grant, id: made.id.description)
    #expect(first.state == .cancelled && first.reason == "cancelled by ada")
    #expect(platform.broadcast.told == [.changed])
    platform.clock.advance(by: .seconds(1))
    #expect(try await platform.deployments.cancel(grant, id: made.id.description) == first)
    #expect(platform.database.with { $0.clusters[cluster.id]?.allocated } == .zero)
    #expect(platform.database.with { $0.events.count } == 3)
  }

  @Test func `only what holds resources is completed, and once`() async throws {
    let (acme, cluster) = try await acme()
    let platform = acme.platform
    let made = try await platform.deploy(acme.draft(cluster: cluster), by: acme.ada)
    let id = made.id.description
    let complete = try await platform.grant("DeploymentService/CompleteDeployment", acme.ada)
    let queued = await failure { try await platform.deployments.complete(complete, id: id) }
    #expect(queued?.isFailedPrecondition == true)
    #expect(queued?.text.contains("queued") == true)
    platform.database.run(made.id, on: cluster.id, now: platform.clock.now())
    let done = try await platform.deployments.complete(complete, id: id)
    #expect(done.state == .completed)
    #expect(try await platform.deployments.complete(complete, id: id) == done)
    #expect(platform.database.with { $0.clusters[cluster.id]?.allocated } == .zero)
    let cancel = await failure {
      try await platform.deployments.cancel(
        try await platform.grant("DeploymentService/CancelDeployment", acme.ada), id: id)
    }
    #expect(cancel?.isFailedPrecondition == true)
  }

  @Test func `a cancelled deployment is not completed`() async throws {
    let (acme, cluster) = try await acme()
    let platform = acme.platform
    let made = try await platform.deploy(acme.draft(cluster: cluster), by: acme.ada)
    _ = try await platform.deployments.cancel(
      try await platform.grant("DeploymentService/CancelDeployment", acme.ada),
      id: made.id.description)
    let error = await failure {
      try await platform.deployments.complete(
        try await platform.grant("DeploymentService/CompleteDeployment", acme.ada),
        id: made.id.description)
    }
    #expect(error?.isFailedPrecondition == true)
  }

  @Test func `deployments are found by state, cluster and priority, newest first`() async throws {
    let (acme, cluster) = try await acme()
    let platform = acme.platform
    var made: [Deployment] = []
    for priority in [1, 2, 3] {
      var draft = acme.draft(cluster: priority == 3 ? nil : cluster)
      draft.priority = priority
      made.append(try await platform.deploy(draft, by: acme.ada))
      platform.clock.advance(by: .seconds(1))
    }
    platform.database.run(made[2].id, on: cluster.id, now: platform.clock.now())
    let grant = try await platform.grant("DeploymentService/ListDeployments", acme.ada)
    func priorities(_ query: DeploymentQuery) async throws -> [Int] {
      try await platform.deployments.list(grant, query).elements.map(\.priority)
    }
    #expect(try await priorities(DeploymentQuery()) == [3, 2, 1])
    #expect(try await priorities(DeploymentQuery(states: [.running])) == [3])
    #expect(try await priorities(DeploymentQuery(states: [.queued, .failed])) == [2, 1])
    #expect(
      try await priorities(DeploymentQuery(clusterID: cluster.id.description)) == [3, 2, 1])
    #expect(try await priorities(DeploymentQuery(priority: 2)) == [2])
    #expect(
      try await priorities(DeploymentQuery(organizationID: acme.id.description, priority: 9))
        == [])
  }

  @Test func `every bad field of a query is named`() async throws {
    let (acme, _) = try await acme()
    let grant = try await acme.platform.grant("DeploymentService/ListDeployments", acme.ada)
    let query = DeploymentQuery(
      organizationID: "x", states: [.queued, nil, .failed, nil], clusterID: "any", priority: 1_001,
      page: RequestedPage(size: 501))
    #expect(
      await refusedFields { try await acme.platform.deployments.list(grant, query) }
        == ["organization_id", "states[1]", "states[3]", "cluster_id", "priority", "page.size"])
  }

  @Test func `a viewer looks, follows and reads logs, and changes nothing`() async throws {
    let (acme, cluster) = try await acme()
    let platform = acme.platform
    let made = try await platform.deploy(acme.draft(cluster: cluster), by: acme.ada)
    let id = made.id.description
    let bob = try await platform.member("bob", of: acme.id, role: .viewer, admin: acme.ada)
    func grant(_ method: String) async throws -> AccessGrant {
      try await platform.grant("DeploymentService/\(method)", bob)
    }
    #expect(try await platform.deployments.get(try await grant("GetDeployment"), id: id) == made)
    #expect(
      try await platform.deployments.logs(try await grant("Logs"), deploymentID: id) == made)
    let watch = try await platform.deployments.watch(
      try await grant("WatchDeployments"), organizationID: "", deploymentID: id)
    #expect(watch == WatchScope(scope: .organizations([acme.id]), deployment: made.id))
    let errors = [
      await failure { try await platform.deploy(acme.draft(cluster: cluster), by: bob) },
      await failure {
        try await platform.deployments.cancel(try await grant("CancelDeployment"), id: id)
      },
      await failure {
        try await platform.deployments.complete(try await grant("CompleteDeployment"), id: id)
      },
    ]
    for error in errors { #expect(error?.isPermissionDenied == true) }
  }

  @Test func `a watch follows what its caller may see and nothing else`() async throws {
    let (acme, cluster) = try await acme()
    let platform = acme.platform
    let made = try await platform.deploy(acme.draft(cluster: cluster), by: acme.ada)
    let method = "DeploymentService/WatchDeployments"
    let outsider = try await platform.grant(method, acme.oscar)
    let all = try await platform.deployments.watch(outsider, organizationID: "", deploymentID: "")
    #expect(!all.scope.contains(acme.id) && all.deployment == nil)
    let errors = [
      await failure {
        try await platform.deployments.watch(
          outsider, organizationID: acme.id.description, deploymentID: "")
      },
      await failure {
        try await platform.deployments.watch(
          outsider, organizationID: "", deploymentID: made.id.description)
      },
    ]
    for error in errors { #expect(error?.isNotFound == true) }
    let mismatch = await failure {
      let other = try await platform.organization("other", by: acme.ada)
      return try await platform.deployments.watch(
        try await platform.grant(method, acme.ada), organizationID: other.id.description,
        deploymentID: made.id.description)
    }
    #expect(mismatch?.isNotFound == true)
  }

  @Test func `a service account deploys within its organization, and is named`() async throws {
    let (acme, cluster) = try await acme()
    let platform = acme.platform
    let made = try await platform.accounts.create(
      try await platform.grant("ServiceAccountService/CreateServiceAccount", acme.ada),
      organizationID: acme.id.description, name: "ci")
    let deployment = try await platform.deploy(acme.draft(cluster: cluster), by: made.apiKey)
    #expect(deployment.createdBy == "service-account:ci")
  }

  @Test func `a SuperAdmin deploying into no organization is told so`() async throws {
    let acme = try await Platform.acme()
    let root = try await acme.platform.superAdmin()
    var draft = acme.draft()
    draft.clusterID = ClusterID(5).description
    let error = await failure { try await acme.platform.deploy(draft, by: root) }
    #expect(error == .notFound(kind: "cluster", name: ClusterID(5).description))
  }
}
