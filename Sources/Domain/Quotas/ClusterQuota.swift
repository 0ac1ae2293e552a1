/// What an organization may hold on a cluster. One of another organization than the owner is a
/// share: the right to run there. The terms are Kueue's: nominal quota, borrowing, borrowing limit.
package struct ClusterQuota: Sendable, Equatable {
  package let organization: OrganizationID
  /// What it can always claim. While it does not use it, others that may borrow do.
  package var guaranteed: Resources
  /// What it may hold at most, with what it borrows; at least `guaranteed`.
  package var limit: ResourceCeiling
  /// Whether it may hold more than `guaranteed` of what others do not use now.
  package var mayBorrow: Bool
  /// Whether the organization's own admins have agreed to run there; true for the owner.
  package var isAccepted: Bool
  /// What it may take back of its `guaranteed` when others have borrowed it.
  package var reclaim: ReclaimPolicy

  package init(
    organization: OrganizationID, guaranteed: Resources = .zero, limit: ResourceCeiling = .none,
    mayBorrow: Bool = true, isAccepted: Bool = false, reclaim: ReclaimPolicy = .never
  ) {
    self.organization = organization
    self.guaranteed = guaranteed
    self.limit = limit
    self.mayBorrow = mayBorrow
    self.isAccepted = isAccepted
    self.reclaim = reclaim
  }

  /// What it may hold at most.
  package var ceiling: ResourceCeiling { mayBorrow ? limit : ResourceCeiling(guaranteed) }
}

/// A quota with what is held under it.
package struct ClusterQuotaUsage: Sendable, Equatable {
  package let cluster: ClusterID
  package let clusterName: String
  package let owner: OrganizationID
  package let quota: ClusterQuota
  package let held: Resources

  package init(
    cluster: ClusterID, clusterName: String, owner: OrganizationID, quota: ClusterQuota,
    held: Resources
  ) {
    self.cluster = cluster
    self.clusterName = clusterName
    self.owner = owner
    self.quota = quota
    self.held = held
  }
}

extension Cluster {
  /// Where an organization stands on the cluster; nil: it may not run there.
  package func quota(of organization: OrganizationID) -> ClusterQuota? {
    if let quota = quotas.first(where: { $0.organization == organization }) {
      return organization == self.organization || quota.isAccepted ? quota : nil
    }
    guard organization == self.organization else { return nil }
    // The owner without a quota of its own has all that is not guaranteed to others.
    let others = quotas.reduce(Resources.zero) { $0 + $1.guaranteed }
    return ClusterQuota(
      organization: organization, guaranteed: capacity - others, isAccepted: true)
  }
}
