import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnOneStack.KnownFaultTests {
  @Test func `fault 16: a cluster does not shrink below what is allocated`() async throws {
    let cluster = try await alice.createCluster(in: tenant.id, cpu: 1_000, memory: 1 << 30)
    let held = try await alice.deploy(to: cluster.id, cpu: 800, memory: 1 << 29)
    try await alice.wait(for: .scheduled, of: held.id)
    let alice = alice
    await expectRefusal(.failedPrecondition) { () async throws(RPCStatus) in
      try await alice.clusters.updateCluster(UpdateClusterRequest(id: cluster.id, cpuMillis: 799))
    }
    await expectRefusal(.failedPrecondition) { () async throws(RPCStatus) in
      try await alice.clusters.updateCluster(
        UpdateClusterRequest(id: cluster.id, memoryBytes: 1 << 28))
    }
    let exact = try await alice.clusters.updateCluster(
      UpdateClusterRequest(id: cluster.id, cpuMillis: 800))
    #expect(exact.cluster?.available?.cpuMillis == 0)
    #expect(exact.cluster?.allocated?.cpuMillis == 800)
    #expect(exact.cluster?.capacity?.memoryBytes == 1 << 30)
  }

  @Test func `fault 17: three times a tenth fits in three tenths`() async throws {
    let cluster = try await alice.createCluster(in: tenant.id, cpu: 300, memory: 3 << 20)
    for _ in 0..<3 {
      let deployment = try await alice.deploy(to: cluster.id, cpu: 100, memory: 1 << 20)
      try await alice.wait(for: .scheduled, of: deployment.id)
    }
    let full = try await alice.cluster(cluster.id)
    #expect(full.available == Resources(cpuMillis: 0, memoryBytes: 0, gpuMillis: 0))
    #expect(full.allocated == full.capacity)
  }

  @Test func `fault 18: an empty image is refused`() async throws {
    let cluster = try await alice.createCluster(in: tenant.id)
    let alice = alice
    for image in ["", " ", "has space", String(repeating: "x", count: 513)] {
      await expectInvalid("image") { () async throws(RPCStatus) in
        try await alice.deployments.createDeployment(
          CreateDeploymentRequest(
            clusterID: cluster.id, image: image,
            resources: Resources(cpuMillis: 1, memoryBytes: 1)))
      }
    }
  }

  @Test func `fault 19: a huge or negative number is a wrong field, not an internal error`()
    async throws
  {
    let cluster = try await alice.createCluster(in: tenant.id)
    let (alice, tenant) = (alice, tenant)
    for number in [Int64.max, -1, Int64.min] {
      let amounts = Resources(cpuMillis: number, memoryBytes: number, gpuMillis: number)
      await expectInvalid(
        "resources.cpu_millis", "resources.memory_bytes", "resources.gpu_millis"
      ) { () async throws(RPCStatus) in
        try await alice.deployments.createDeployment(
          CreateDeploymentRequest(
            clusterID: cluster.id, image: "example.com/model:1", resources: amounts))
      }
      await expectInvalid("capacity.cpu_millis", "capacity.memory_bytes", "capacity.gpu_millis") {
        () async throws(RPCStatus) in
        try await alice.clusters.createCluster(
          CreateClusterRequest(
            organizationID: tenant.id, name: UniqueName.make("c"), capacity: amounts))
      }
    }
    for priority in [Int32.max, -1, 1_001] {
      await expectInvalid("priority") { () async throws(RPCStatus) in
        try await alice.deploy(to: cluster.id, priority: priority)
      }
    }
    await expectInvalid("max_attempts") { () async throws(RPCStatus) in
      try await alice.deploy(to: cluster.id, maxAttempts: .max)
    }
    await expectInvalid("page.size") { () async throws(RPCStatus) in
      try await alice.clusters.listClusters(ListClustersRequest(page: PageRequest(size: .max)))
    }
  }

  @Test func `fault 20: an unknown organization is not found, and what is no id is a wrong field`()
    async throws
  {
    let unknown = UUID().uuidString.lowercased()
    let (alice, superAdmin) = (alice, shared.superAdmin)
    for caller in [alice, superAdmin] {
      await expectRefusal(.notFound) { () async throws(RPCStatus) in
        try await caller.clusters.createCluster(
          CreateClusterRequest(
            organizationID: unknown, name: "c",
            capacity: Resources(cpuMillis: 1_000, memoryBytes: 1 << 30)))
      }
      await expectRefusal(.notFound) { () async throws(RPCStatus) in
        try await caller.organizations.listMembers(ListMembersRequest(organizationID: unknown))
      }
      await expectRefusal(.notFound) { () async throws(RPCStatus) in
        try await caller.deployments.getDeployment(GetDeploymentRequest(id: unknown))
      }
    }
    await expectRefusal(.notFound) { () async throws(RPCStatus) in
      try await alice.deploy(in: unknown)
    }
    for id in ["1", "'; DROP TABLE users; --", "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz"] {
      await expectInvalid("organization_id") { () async throws(RPCStatus) in
        try await alice.deploy(in: id)
      }
    }
  }

  @Test func `fault 21: a deployment needs no GPU`() async throws {
    let cluster = try await alice.createCluster(in: tenant.id, gpu: 0)
    let deployment = try await alice.deploy(to: cluster.id, gpu: 0)
    #expect(try await alice.wait(for: .scheduled, of: deployment.id).gpuDevices.isEmpty)
    // Nor does a cluster without GPU ever hold one that asks for it.
    let alice = alice
    await expectRefusal(.failedPrecondition) { () async throws(RPCStatus) in
      try await alice.deploy(to: cluster.id, gpu: 1_000)
    }
  }

  @Test func `fault 22: a repeated create with the same key answers the first one`() async throws {
    let cluster = try await alice.createCluster(in: tenant.id)
    let alice = alice
    let key = UniqueName.make("key")
    let first = try await alice.deploy(to: cluster.id, idempotencyKey: key)
    let outcomes = await Race.run(12) { () async throws(RPCStatus) in
      let again = try await alice.deploy(to: cluster.id, idempotencyKey: key)
      if again.id != first.id { throw RPCStatus(.dataLoss, "\(again.id) is another one") }
    }
    #expect(outcomes == [.ok: 12])
    let all = try await alice.allDeployments(ListDeploymentsRequest(clusterID: cluster.id))
    #expect(all.map(\.id) == [first.id])
    // The same key for something else is a mistake that is told.
    await expectRefusal(.failedPrecondition) { () async throws(RPCStatus) in
      try await alice.deploy(to: cluster.id, cpu: 7, idempotencyKey: key)
    }
    // A key is one caller's own.
    let (other, _) = try await tenant.serviceCaller("developer", on: stack)
    #expect(try await other.deploy(to: cluster.id, idempotencyKey: key).id != first.id)
  }

  @Test func `fault 23: an unknown state in a filter is refused`() async throws {
    let (alice, tenant) = (alice, tenant)
    for state in [DeploymentState.unrecognized(77), .unspecified] {
      await expectInvalid("states[1]") { () async throws(RPCStatus) in
        try await alice.deployments.listDeployments(
          ListDeploymentsRequest(organizationID: tenant.id, states: [.queued, state]))
      }
    }
  }

  @Test func `fault 35: every promised listing is there, in pages and with its filters`()
    async throws
  {
    let superAdmin = shared.superAdmin
    let own = try await superAdmin.createOrganization()
    for index in 0..<5 {
      _ = try await superAdmin.createCluster(
        in: own.id, name: "page-\(index)", cpu: 1_000 * Int64(index + 1),
        gpu: index == 4 ? 1_000 : 0, gpuModel: index == 4 ? "A100" : "")
      _ = try await own.serviceCaller("viewer", on: stack)
    }
    let clusters = try await superAdmin.clusters.listClusters(
      ListClustersRequest(organizationID: own.id)
    ).clusters
    #expect(clusters.map(\.name) == (0..<5).map { "page-\($0)" })
    for (index, cluster) in clusters.enumerated() {
      _ = try await superAdmin.deploy(to: cluster.id, priority: Int32(index))
    }
    try await expectPages(of: 5) { page in
      let answer = try await superAdmin.clusters.listClusters(
        ListClustersRequest(organizationID: own.id, page: page))
      return (answer.clusters.map(\.id), answer.nextPageToken)
    }
    try await expectPages(of: 5) { page in
      let answer = try await superAdmin.deployments.listDeployments(
        ListDeploymentsRequest(organizationID: own.id, page: page))
      return (answer.deployments.map(\.id), answer.nextPageToken)
    }
    try await expectPages(of: 5) { page in
      let answer = try await superAdmin.serviceAccounts.listServiceAccounts(
        ListServiceAccountsRequest(organizationID: own.id, page: page))
      return (answer.serviceAccounts.map(\.id), answer.nextPageToken)
    }
    try await expectFilters(of: own, clusters: clusters)
    let members = try await superAdmin.organizations.listMembers(
      ListMembersRequest(organizationID: own.id))
    #expect(members.members.map(\.role) == ["admin"])
  }

  private func expectFilters(of own: Tenant, clusters: [Cluster]) async throws {
    let caller = own.admin
    let byModel = try await caller.clusters.listClusters(
      ListClustersRequest(organizationID: own.id, gpuModel: "A100"))
    #expect(byModel.clusters.map(\.id) == [clusters[4].id])
    let byPrefix = try await caller.clusters.listClusters(
      ListClustersRequest(organizationID: own.id, namePrefix: "page-3"))
    #expect(byPrefix.clusters.map(\.id) == [clusters[3].id])
    let byRoom = try await caller.clusters.listClusters(
      ListClustersRequest(
        organizationID: own.id, availableAtLeast: Resources(cpuMillis: 3_500)))
    #expect(byRoom.clusters.map(\.id) == [clusters[3].id, clusters[4].id])
    let byPriority = try await caller.allDeployments(
      ListDeploymentsRequest(organizationID: own.id, priority: 2))
    #expect(byPriority.map(\.clusterID) == [clusters[2].id])
    let byCluster = try await caller.allDeployments(
      ListDeploymentsRequest(organizationID: own.id, clusterID: clusters[1].id))
    #expect(byCluster.map(\.priority) == [1])
    try await caller.wait(for: .scheduled, of: byCluster[0].id)
    let byState = try await caller.allDeployments(
      ListDeploymentsRequest(
        organizationID: own.id, states: [.scheduled], clusterID: clusters[1].id))
    #expect(byState.map(\.id) == byCluster.map(\.id))
    let events = try await caller.deployments.listDeploymentEvents(
      ListDeploymentEventsRequest(id: byCluster[0].id))
    #expect(events.events.map(\.state) == [.queued, .scheduled])
  }

  /// Reads a listing two by two: all are there, once.
  private func expectPages(
    of count: Int, _ page: (PageRequest) async throws -> ([String], next: String)
  ) async throws {
    var seen: [String] = []
    var sizes: [Int] = []
    var token = ""
    repeat {
      let (ids, next) = try await page(PageRequest(size: 2, token: token))
      seen += ids
      sizes.append(ids.count)
      token = next
    } while !token.isEmpty && sizes.count <= count
    #expect(Set(seen).count == count && seen.count == count)
    #expect(sizes.allSatisfy { $0 <= 2 })
  }
}
