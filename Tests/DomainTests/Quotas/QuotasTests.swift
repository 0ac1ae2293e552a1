import Domain
import Testing

@Suite struct QuotasTests {
  /// Acme's cluster, offered to oscar's organization.
  private struct Stage {
    let acme: Acme
    let cluster: Cluster
    let oscorp: OrganizationID
    var platform: Platform { acme.platform }

    init() async throws {
      acme = try await Platform.acme()
      cluster = try await acme.platform.cluster("c1", in: acme.id, by: acme.ada)
      let listed = try await acme.platform.organizations.list(
        try await acme.platform.grant("OrganizationService/ListOrganizations", acme.oscar),
        page: RequestedPage())
      oscorp = listed.elements[0].id
    }

    func offer(
      by bearer: String, to organization: OrganizationID? = nil,
      guaranteed: RequestedResources? = nil, limit: RequestedCeiling = RequestedCeiling()
    ) async throws -> ClusterQuotaUsage {
      try await platform.quotas.set(
        try await platform.grant("ClusterService/SetClusterQuota", bearer),
        ClusterQuotaDraft(
          clusterID: cluster.id.description,
          organizationID: (organization ?? oscorp).description, guaranteed: guaranteed,
          limit: limit))
    }

    func accept(by bearer: String, for organization: OrganizationID? = nil) async throws
      -> ClusterQuotaUsage
    {
      try await platform.quotas.accept(
        try await platform.grant("ClusterService/AcceptClusterQuota", bearer),
        clusterID: cluster.id.description,
        organizationID: (organization ?? oscorp).description)
    }

    func remove(by bearer: String) async throws {
      try await platform.quotas.remove(
        try await platform.grant("ClusterService/RemoveClusterQuota", bearer),
        clusterID: cluster.id.description, organizationID: oscorp.description)
    }

    func list(by bearer: String) async throws -> [ClusterQuotaUsage] {
      try await platform.quotas.list(
        try await platform.grant("ClusterService/ListClusterQuotas", bearer),
        clusterID: cluster.id.description, organizationID: "", page: RequestedPage()
      ).elements
    }

    func deploy(by bearer: String, cluster: Bool) async throws -> Deployment {
      var draft = acme.draft(cluster: cluster ? self.cluster : nil)
      draft.organizationID = cluster ? "" : oscorp.description
      return try await platform.deploy(draft, by: bearer)
    }
  }

  @Test func `a share needs the owner's offer and the guest's consent`() async throws {
    let stage = try await Stage()
    let (ada, oscar) = (stage.acme.ada, stage.acme.oscar)
    #expect(await failure { try await stage.offer(by: oscar) }?.isNotFound == true)
    #expect(await failure { try await stage.accept(by: oscar) }?.isNotFound == true)
    #expect(try await stage.offer(by: ada).quota.isAccepted == false)
    #expect(await failure { try await stage.deploy(by: oscar, cluster: true) }?.isNotFound == true)
    // The owner cannot consent for the guest.
    #expect(await failure { try await stage.accept(by: ada) }?.isNotFound == true)
    #expect(await failure { try await stage.deploy(by: oscar, cluster: false) } != nil)
    #expect(try await stage.accept(by: oscar).quota.isAccepted)
    #expect(try await stage.deploy(by: oscar, cluster: true).organization == stage.oscorp)
    #expect(try await stage.deploy(by: oscar, cluster: false).organization == stage.oscorp)
    // Another offer changes the terms, not the consent.
    #expect(try await stage.offer(by: ada).quota.isAccepted)
  }

  @Test func `a guest sees the cluster and its own quota, and changes neither`() async throws {
    let stage = try await Stage()
    let (ada, oscar) = (stage.acme.ada, stage.acme.oscar)
    let third = try await stage.platform.organization("third", by: ada)
    _ = try await stage.offer(by: ada)
    _ = try await stage.offer(by: ada, to: third.id)
    _ = try await stage.accept(by: oscar)
    let grant = try await stage.platform.grant("ClusterService/GetCluster", oscar)
    #expect(
      try await stage.platform.clusters.get(grant, id: stage.cluster.id.description).id
        == stage.cluster.id)
    #expect(try await stage.list(by: ada).count == 2)
    #expect(try await stage.list(by: oscar).map(\.quota.organization) == [stage.oscorp])
    let update = try await stage.platform.grant("ClusterService/UpdateCluster", oscar)
    #expect(
      await failure {
        try await stage.platform.clusters.update(
          update, id: stage.cluster.id.description, RequestedClusterChange(name: "mine"))
      }?.isNotFound == true)
    let token = try await stage.platform.grant("ClusterService/CreateAgentToken", oscar)
    #expect(
      await failure {
        try await stage.platform.clusters.createAgentToken(
          token, clusterID: stage.cluster.id.description)
      }?.isNotFound == true)
    #expect(await failure { try await stage.offer(by: oscar) }?.isNotFound == true)
  }

  @Test func `either side ends a share, once nothing is held under it`() async throws {
    let stage = try await Stage()
    let (ada, oscar) = (stage.acme.ada, stage.acme.oscar)
    let stranger = try await stage.platform.person("stranger")
    for bearer in [ada, oscar] {
      _ = try await stage.offer(by: ada)
      _ = try await stage.accept(by: oscar)
      #expect(await failure { try await stage.remove(by: stranger) }?.isNotFound == true)
      #expect(await failure { try await stage.list(by: stranger) }?.isNotFound == true)
      let deployment = try await stage.deploy(by: oscar, cluster: true)
      stage.platform.database.run(
        deployment.id, on: stage.cluster.id, now: stage.platform.clock.now())
      #expect(await failure { try await stage.remove(by: bearer) }?.isFailedPrecondition == true)
      let cancel = try await stage.platform.grant("DeploymentService/CancelDeployment", oscar)
      _ = try await stage.platform.deployments.cancel(cancel, id: deployment.id.description)
      try await stage.remove(by: bearer)
      #expect(
        await failure { try await stage.deploy(by: oscar, cluster: true) }?.isNotFound == true)
    }
  }

  @Test func `roles below admin change no quota`() async throws {
    let stage = try await Stage()
    let developer = try await stage.platform.member(
      "dev", of: stage.acme.id, role: .developer, admin: stage.acme.ada)
    #expect(await failure { try await stage.offer(by: developer) }?.isPermissionDenied == true)
    let viewer = try await stage.platform.member(
      "guest", of: stage.oscorp, role: .viewer, admin: stage.acme.oscar)
    _ = try await stage.offer(by: stage.acme.ada)
    #expect(await failure { try await stage.accept(by: viewer) }?.isPermissionDenied == true)
    #expect(try await stage.list(by: developer).count == 1)
  }

  @Test func `every field of a quota that breaks a rule is named`() async throws {
    let stage = try await Stage()
    #expect(
      await refusedFields {
        try await stage.offer(
          by: stage.acme.ada, guaranteed: RequestedResources(cpuMillis: -1),
          limit: RequestedCeiling(memoryBytes: .max, gpuMillis: -1))
      } == ["guaranteed.cpu_millis", "limit.memory_bytes", "limit.gpu_millis"])
    #expect(
      await refusedFields {
        try await stage.offer(
          by: stage.acme.ada, guaranteed: RequestedResources(cpuMillis: 2),
          limit: RequestedCeiling(cpuMillis: 1))
      } == ["limit"])
    let root = try await stage.platform.superAdmin()
    let grant = try await stage.platform.grant("OrganizationService/SetOrganizationQuota", root)
    #expect(
      await refusedFields {
        try await stage.platform.quotas.set(
          grant,
          OrganizationQuotaDraft(
            organizationID: "x", limit: RequestedCeiling(cpuMillis: -1), queuedLimit: -1,
            weightMillis: 0))
      } == ["organization_id", "limit.cpu_millis", "queued_limit", "weight_millis"])
  }

  @Test func `an organization's quota is the SuperAdmin's to set and its members' to see`()
    async throws
  {
    let stage = try await Stage()
    let oscar = stage.acme.oscar
    let set = OrganizationQuotaDraft(
      organizationID: stage.oscorp.description, limit: RequestedCeiling(cpuMillis: 400),
      queuedLimit: 1, weightMillis: 2_000)
    #expect(
      await failure {
        try await stage.platform.grant("OrganizationService/SetOrganizationQuota", oscar)
      }?.isPermissionDenied == true)
    _ = try await stage.platform.cluster("own", in: stage.oscorp, by: oscar)
    let root = try await stage.platform.superAdmin()
    _ = try await stage.platform.quotas.set(
      try await stage.platform.grant("OrganizationService/SetOrganizationQuota", root), set)
    let seen = try await stage.platform.quotas.get(
      try await stage.platform.grant("OrganizationService/GetOrganizationQuota", oscar),
      organizationID: stage.oscorp.description)
    #expect(seen.quota.weight == Weight(millis: 2_000) && seen.quota.queuedLimit == 1)
    let outsider = try await stage.platform.grant(
      "OrganizationService/GetOrganizationQuota", stage.acme.ada)
    #expect(
      await failure {
        try await stage.platform.quotas.get(
          outsider, organizationID: stage.oscorp.description)
      }?.isNotFound == true)
    // The draft asks for 500.
    let refusal = await failure { try await stage.deploy(by: oscar, cluster: false) }
    #expect(refusal?.isFailedPrecondition == true)
    #expect(refusal?.text.contains("quota on all clusters") == true)
  }
}
