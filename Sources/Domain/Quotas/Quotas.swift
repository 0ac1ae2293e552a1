/// Clusters shared between organizations, and what each may hold.
///
/// A share needs both sides: the owner's admins offer it, the other organization's admins accept
/// it. Without the second anybody could have another's work, with the secrets in its environment,
/// sent to an agent of theirs.
package struct Quotas: Sendable {
  private let store: any QuotaStore
  private let clusters: any ClusterStore
  private let broadcast: any Broadcast

  package init(
    store: any QuotaStore, clusters: any ClusterStore, broadcast: any Broadcast
  ) {
    self.store = store
    self.clusters = clusters
    self.broadcast = broadcast
  }

  // MARK: - On a cluster

  /// Offers a cluster of the caller's organization to another one, changes what it may hold there,
  /// or limits the owner itself. Throws `.failedPrecondition` if more than the capacity would be
  /// guaranteed.
  package func set(
    _ grant: AccessGrant, _ draft: ClusterQuotaDraft
  ) async throws(DomainError) -> ClusterQuotaUsage {
    var validation = Validation()
    let checkedCluster = validation.identifier(draft.clusterID, "cluster_id", of: Cluster.self)
    let checkedID = validation.identifier(
      draft.organizationID, "organization_id", of: Organization.self)
    let checkedGuarantee = validation.lowerBound(draft.guaranteed, "guaranteed")
    let limit = validation.ceiling(draft.limit, "limit", upTo: ResourceLimits.all)
    if let guaranteed = checkedGuarantee, !limit.allows(guaranteed) {
      validation.refuse("limit", "must be at least what is guaranteed, in every dimension")
    }
    let reclaim = draft.reclaim ?? .never
    if draft.reclaim == nil { validation.refuse("reclaim", "is none that is known") }
    let (cluster, organization, guaranteed) = try validation.passed(
      checkedCluster, checkedID, checkedGuarantee)
    let owned = try await ownedCluster(grant, cluster)
    try await store.setQuota(
      ClusterQuota(
        organization: organization, guaranteed: guaranteed, limit: limit,
        mayBorrow: draft.mayBorrow, isAccepted: organization == owned.organization,
        reclaim: reclaim),
      on: cluster, in: grant.scope)
    broadcast.publish(.changed)
    return try await usage(of: organization, on: cluster)
  }

  /// Agrees, for the caller's organization, to run on a cluster that its owner has offered.
  package func accept(
    _ grant: AccessGrant, clusterID: String, organizationID: String
  ) async throws(DomainError) -> ClusterQuotaUsage {
    let (cluster, organization) = try Self.identifiers(clusterID, organizationID)
    let own = try grant.authorize(organization)
    guard try await store.acceptQuota(of: own.id, on: cluster) else { throw Self.noQuota(cluster) }
    broadcast.publish(.changed)
    return try await usage(of: own.id, on: cluster)
  }

  /// Ends a quota: by the cluster's owner or by the organization that has it. Throws
  /// `.failedPrecondition` while a guest holds resources there.
  package func remove(
    _ grant: AccessGrant, clusterID: String, organizationID: String
  ) async throws(DomainError) {
    let (cluster, organization) = try Self.identifiers(clusterID, organizationID)
    // Whoever is neither learns nothing; a member of either whose role does not suffice is told.
    if !grant.scope.contains(organization) { _ = try await ownedCluster(grant, cluster) }
    guard try await store.removeQuota(of: organization, on: cluster) else {
      throw Self.noQuota(cluster)
    }
    broadcast.publish(.changed)
  }

  /// Of a cluster: all for its owner's members, else those of the caller's organizations. Or, where
  /// no cluster is named, of an organization: where it may run, or is offered to.
  package func list(
    _ grant: AccessGrant, clusterID: String, organizationID: String, page: RequestedPage
  ) async throws(DomainError) -> Page<ClusterQuotaUsage> {
    var validation = Validation()
    let checkedCluster = validation.optionalIdentifier(clusterID, "cluster_id", of: Cluster.self)
    let checkedID = validation.optionalIdentifier(
      organizationID, "organization_id", of: Organization.self)
    let checkedPage = validation.page(page)
    if clusterID.isEmpty == organizationID.isEmpty {
      validation.refuse(
        "cluster_id", "is required where organization_id is not given, and only then")
    }
    let (cluster, organization, page) = try validation.passed(
      checkedCluster, checkedID, checkedPage)
    if let cluster { return Page(elements: try await list(grant, cluster), next: nil) }
    guard let organization else { throw .internal("neither was given and neither was refused") }
    return try await store.quotas(of: try grant.authorize(organization).id, page: page)
  }

  private func list(
    _ grant: AccessGrant, _ cluster: ClusterID
  ) async throws(DomainError) -> [ClusterQuotaUsage] {
    let all = try await store.quotas(on: cluster)
    let known = try await clusters.cluster(cluster, in: grant.visible)
    if let known {
      _ = try grant.authorize(known.organization)
      return all
    }
    let own = all.filter { grant.scope.contains($0.quota.organization) }
    guard !own.isEmpty else {
      throw .notFound(kind: "cluster", name: cluster.description)
    }
    return own
  }

  private func usage(
    of organization: OrganizationID, on cluster: ClusterID
  ) async throws(DomainError) -> ClusterQuotaUsage {
    let all = try await store.quotas(on: cluster)
    guard let own = all.first(where: { $0.quota.organization == organization }) else {
      throw .aborted("the quota was removed at the same time")
    }
    return own
  }

  private func ownedCluster(
    _ grant: AccessGrant, _ id: ClusterID
  ) async throws(DomainError) -> Cluster {
    guard let cluster = try await clusters.cluster(id, in: grant.visible) else {
      throw .notFound(kind: "cluster", name: id.description)
    }
    _ = try grant.authorize(cluster.organization)
    return cluster
  }

  private static func identifiers(
    _ clusterID: String, _ organizationID: String
  ) throws(DomainError) -> (ClusterID, OrganizationID) {
    var validation = Validation()
    let checkedCluster = validation.identifier(clusterID, "cluster_id", of: Cluster.self)
    let checkedID = validation.identifier(
      organizationID, "organization_id", of: Organization.self)
    return try validation.passed(checkedCluster, checkedID)
  }

  private static func noQuota(_ cluster: ClusterID) -> DomainError {
    .notFound(kind: "quota", name: "of this organization on cluster \(cluster)")
  }
}

// MARK: - On all clusters

extension Quotas {
  /// Sets what an organization may hold in all, how much of it may wait, and its weight. What it
  /// holds above a lower limit it keeps until it ends.
  package func set(
    _ grant: AccessGrant, _ draft: OrganizationQuotaDraft
  ) async throws(DomainError) -> OrganizationQuotaUsage {
    var validation = Validation()
    let checkedID = validation.identifier(
      draft.organizationID, "organization_id", of: Organization.self)
    let limits = QuotaLimits.self
    let limit = validation.ceiling(
      draft.limit, "limit",
      upTo: Resources(cpu: limits.cpu, memory: limits.memory, gpu: limits.gpu))
    if let queued = draft.queuedLimit,
      !(Int64(limits.queued.lowerBound)...Int64(limits.queued.upperBound)).contains(queued)
    {
      validation.refuse("queued_limit", "must be 0 to \(limits.queued.upperBound)")
    }
    let weight = draft.weightMillis ?? Weight.one.millis
    if !limits.weight.contains(weight) {
      validation.refuse("weight_millis", "must be 1 to \(limits.weight.upperBound)")
    }
    let organization = try grant.authorize(try validation.passed(checkedID)).id
    try await store.setQuota(
      OrganizationQuota(
        organization: organization, limit: limit, queuedLimit: draft.queuedLimit.map { Int($0) },
        weight: Weight(millis: weight)))
    broadcast.publish(.changed)
    return try await usage(of: organization)
  }

  /// With what the organization holds now and how much of it waits.
  package func get(
    _ grant: AccessGrant, organizationID: String
  ) async throws(DomainError) -> OrganizationQuotaUsage {
    var validation = Validation()
    let checkedID = validation.identifier(
      organizationID, "organization_id", of: Organization.self)
    return try await usage(of: try grant.authorize(try validation.passed(checkedID)).id)
  }

  private func usage(
    of organization: OrganizationID
  ) async throws(DomainError) -> OrganizationQuotaUsage {
    guard let usage = try await store.quota(of: organization) else {
      throw .notFound(kind: "organization", name: organization.description)
    }
    return usage
  }
}
