import Domain

extension MemoryDatabase: QuotaStore {
  func setQuota(
    _ quota: ClusterQuota, on id: ClusterID, in scope: TenantScope
  ) async throws(DomainError) {
    try with { state throws(DomainError) in
      guard var cluster = state.clusters[id], scope.contains(cluster.organization) else {
        throw .notFound(kind: "cluster", name: id.description)
      }
      guard state.organizations[quota.organization] != nil else {
        throw .notFound(kind: "organization", name: quota.organization.description)
      }
      var quota = quota
      let known = cluster.quotas.first { $0.organization == quota.organization }
      quota.isAccepted = known?.isAccepted ?? (quota.organization == cluster.organization)
      cluster.quotas.removeAll { $0.organization == quota.organization }
      cluster.quotas.append(quota)
      let guaranteed = cluster.quotas.reduce(Resources.zero) { $0 + $1.guaranteed }
      guard guaranteed.fits(in: cluster.capacity) else {
        throw .failedPrecondition("more would be guaranteed than there is")
      }
      state.clusters[id] = cluster
    }
  }

  func acceptQuota(
    of organization: OrganizationID, on id: ClusterID
  ) async throws(DomainError) -> Bool {
    with { state in
      let place = state.clusters[id]?.quotas.firstIndex { $0.organization == organization }
      guard let place else { return false }
      state.clusters[id]?.quotas[place].isAccepted = true
      return true
    }
  }

  func removeQuota(
    of organization: OrganizationID, on id: ClusterID
  ) async throws(DomainError) -> Bool {
    try with { state throws(DomainError) in
      guard let cluster = state.clusters[id],
        cluster.quotas.contains(where: { $0.organization == organization })
      else { return false }
      let held = Self.held(by: organization, on: id, state)
      guard held == .zero || organization == cluster.organization else {
        throw .failedPrecondition("it holds resources")
      }
      state.clusters[id]?.quotas.removeAll { $0.organization == organization }
      return true
    }
  }

  func quotas(on id: ClusterID) async throws(DomainError) -> [ClusterQuotaUsage] {
    with { state in Self.usages(of: id, state) }
  }

  func quotas(
    of organization: OrganizationID, page: PageRequest
  ) async throws(DomainError) -> Page<ClusterQuotaUsage> {
    let all = with { state in
      state.clusters.keys.sorted().flatMap { Self.usages(of: $0, state) }
        .filter { $0.quota.organization == organization }
    }
    return try Self.page(all, page)
  }

  func setQuota(_ quota: OrganizationQuota) async throws(DomainError) {
    try with { state throws(DomainError) in
      guard state.organizations[quota.organization] != nil else {
        throw .notFound(kind: "organization", name: quota.organization.description)
      }
      state.quotas[quota.organization] = quota
    }
  }

  func quota(
    of organization: OrganizationID
  ) async throws(DomainError) -> OrganizationQuotaUsage? {
    with { state in
      guard state.organizations[organization] != nil else { return nil }
      return OrganizationQuotaUsage(
        quota: state.quotas[organization] ?? OrganizationQuota(organization: organization),
        held: Self.held(by: organization, on: nil, state),
        queued: state.deployments.values.count {
          $0.organization == organization && $0.state == .queued
        })
    }
  }

  private static func usages(of id: ClusterID, _ state: State) -> [ClusterQuotaUsage] {
    guard let cluster = state.clusters[id] else { return [] }
    return cluster.quotas.sorted { $0.organization < $1.organization }.map { quota in
      ClusterQuotaUsage(
        cluster: id, clusterName: cluster.name, owner: cluster.organization, quota: quota,
        held: held(by: quota.organization, on: id, state))
    }
  }

  private static func held(
    by organization: OrganizationID, on cluster: ClusterID?, _ state: State
  ) -> Resources {
    state.deployments.values.filter {
      $0.organization == organization && $0.state.holdsResources
        && (cluster == nil || $0.placedCluster == cluster)
    }.reduce(.zero) { $0 + $1.request }
  }
}
