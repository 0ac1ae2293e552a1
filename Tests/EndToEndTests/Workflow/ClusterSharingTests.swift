import Messages
import RPCClient
import TestSupport
import Testing
import Wire

extension EndToEnd.OnOneStack {
  /// What a shared cluster shows to whom, against real processes.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct ClusterSharingTests {
    let shared: SharedStack
    var stack: Stack { shared.stack }
    var alice: Caller { shared.alice.caller }
    var mallory: Caller { shared.mallory.caller }
    var owner: String { shared.tenant.id }
    var guest: String { shared.otherTenant.id }

    init() throws { shared = try SharedStack.current() }

    private func share(
      _ cluster: String, guaranteed: Int64 = 0, limit: Int64? = nil
    ) async throws {
      let offered = try await alice.clusters.setClusterQuota(
        SetClusterQuotaRequest(
          clusterID: cluster, organizationID: guest,
          guaranteed: Resources(cpuMillis: guaranteed),
          limit: ResourceLimits(cpuMillis: limit), mayBorrow: true))
      #expect(offered.quota?.accepted == false)
      let accepted = try await mallory.clusters.acceptClusterQuota(
        AcceptClusterQuotaRequest(clusterID: cluster, organizationID: guest))
      #expect(accepted.quota?.accepted == true)
    }

    @Test func `a cluster without a share is no cluster for another organization`() async throws {
      let cluster = try await alice.createCluster(in: owner)
      let (mallory, guest) = (mallory, guest)
      await expectRefusal(.notFound) { () async throws(RPCStatus) in
        try await mallory.clusters.setClusterQuota(
          SetClusterQuotaRequest(clusterID: cluster.id, organizationID: guest))
      }
      await expectRefusal(.notFound) { () async throws(RPCStatus) in
        try await mallory.clusters.acceptClusterQuota(
          AcceptClusterQuotaRequest(clusterID: cluster.id, organizationID: guest))
      }
      await expectRefusal(.notFound) { () async throws(RPCStatus) in
        try await mallory.clusters.listClusterQuotas(
          ListClusterQuotasRequest(clusterID: cluster.id))
      }
      await expectRefusal(.notFound) { () async throws(RPCStatus) in
        try await mallory.deploy(to: cluster.id, in: guest)
      }
    }

    @Test func `owner and guest run side by side and see only their own deployments`()
      async throws
    {
      let cluster = try await alice.createCluster(in: owner, cpu: 1_000)
      try await share(cluster.id, limit: 600)
      let (mallory, guest, alice) = (mallory, guest, alice)
      let listed = try await mallory.clusters.listClusters(
        ListClustersRequest(organizationID: guest, namePrefix: cluster.name))
      #expect(listed.clusters.map(\.id) == [cluster.id])

      let own = try await alice.deploy(to: cluster.id, cpu: 400)
      let guests = try await mallory.deploy(to: cluster.id, cpu: 600)
      #expect(guests.organizationID == guest)
      try await alice.wait(for: .scheduled, of: own.id)
      try await mallory.wait(for: .scheduled, of: guests.id)
      let request = ListDeploymentsRequest(clusterID: cluster.id)
      #expect(try await alice.allDeployments(request).map(\.id) == [own.id])
      #expect(try await mallory.allDeployments(request).map(\.id) == [guests.id])
      for id in [own.id] {
        await expectRefusal(.notFound) { () async throws(RPCStatus) in
          try await mallory.deployments.getDeployment(GetDeploymentRequest(id: id))
        }
        await expectRefusal(.notFound) { () async throws(RPCStatus) in
          try await mallory.deployments.cancelDeployment(CancelDeploymentRequest(id: id))
        }
      }
      await expectRefusal(.notFound, "nor the owner the guest's") { () async throws(RPCStatus) in
        try await alice.deployments.getDeployment(GetDeploymentRequest(id: guests.id))
      }
      await expectRefusal(.notFound) { () async throws(RPCStatus) in
        try await mallory.clusters.createAgentToken(CreateAgentTokenRequest(clusterID: cluster.id))
      }
      let usage = try await mallory.clusters.listClusterQuotas(
        ListClusterQuotasRequest(organizationID: guest))
      #expect(
        usage.quotas.contains { $0.clusterID == cluster.id && $0.held?.cpuMillis == 600 })

      // At its limit the guest waits, although there would be room.
      _ = try await alice.deployments.cancelDeployment(CancelDeploymentRequest(id: own.id))
      let second = try await mallory.deploy(to: cluster.id, cpu: 100)
      await expectRefusal(.failedPrecondition, "it could never be placed") {
        () async throws(RPCStatus) in try await mallory.deploy(to: cluster.id, cpu: 601)
      }
      await expectRefusal(.failedPrecondition) { () async throws(RPCStatus) in
        try await alice.clusters.removeClusterQuota(
          RemoveClusterQuotaRequest(clusterID: cluster.id, organizationID: guest))
      }
      _ = try await mallory.deployments.cancelDeployment(CancelDeploymentRequest(id: guests.id))
      try await mallory.wait(for: .scheduled, of: second.id)
      _ = try await mallory.deployments.cancelDeployment(CancelDeploymentRequest(id: second.id))
      _ = try await alice.clusters.removeClusterQuota(
        RemoveClusterQuotaRequest(clusterID: cluster.id, organizationID: guest))
      await expectRefusal(.notFound) { () async throws(RPCStatus) in
        try await mallory.clusters.getCluster(GetClusterRequest(id: cluster.id))
      }
      let broken = try await shared.superAdmin.admin.checkInvariants(CheckInvariantsRequest())
      #expect(broken.violations.isEmpty)
    }

    @Test func `an organization's quota holds, is named, and is the SuperAdmin's`() async throws {
      let person = try await stack.signUp()
      let tenant = try await person.caller.createOrganization()
      _ = try await person.caller.createCluster(in: tenant.id, cpu: 4_000)
      let caller = person.caller
      let request = SetOrganizationQuotaRequest(
        organizationID: tenant.id, limit: ResourceLimits(cpuMillis: 150), queuedLimit: 2,
        weightMillis: 3_000)
      await expectRefusal(.permissionDenied) { () async throws(RPCStatus) in
        try await caller.organizations.setOrganizationQuota(request)
      }
      _ = try await shared.superAdmin.organizations.setOrganizationQuota(request)
      let refusal = await expectRefusal(.failedPrecondition) { () async throws(RPCStatus) in
        try await caller.deploy(in: tenant.id, cpu: 151)
      }
      #expect(refusal?.message.contains("quota") == true)
      let first = try await caller.deploy(in: tenant.id)
      try await caller.wait(for: .scheduled, of: first.id)
      for _ in 0..<2 { _ = try await caller.deploy(in: tenant.id) }
      await expectRefusal(.resourceExhausted) { () async throws(RPCStatus) in
        try await caller.deploy(in: tenant.id)
      }
      let seen = try await caller.organizations.getOrganizationQuota(
        GetOrganizationQuotaRequest(organizationID: tenant.id))
      #expect(seen.quota?.held?.cpuMillis == 100 && seen.quota?.queued == 2)
      #expect(seen.quota?.weightMillis == 3_000)
    }
  }
}
