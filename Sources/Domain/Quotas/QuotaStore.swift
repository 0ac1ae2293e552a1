/// Quotas of organizations, on single clusters and on all together.
package protocol QuotaStore: Sendable {
  /// Makes or changes what an organization may hold on a cluster of an organization of `scope`. One
  /// that was accepted stays so; the owner's own is accepted at once. What the organization holds
  /// above a lower limit it keeps until it ends. Throws `.notFound` if there is no such cluster in
  /// scope or no such organization, `.failedPrecondition` if more than the cluster's capacity would
  /// be guaranteed, `.resourceExhausted` for one organization too many.
  func setQuota(
    _ quota: ClusterQuota, on cluster: ClusterID, in scope: TenantScope
  ) async throws(DomainError)
  /// The organization agrees to run on the cluster. False: there is no quota for it.
  func acceptQuota(
    of organization: OrganizationID, on cluster: ClusterID
  ) async throws(DomainError) -> Bool
  /// Ends a quota. False: there is none. Throws `.failedPrecondition` while an organization that is
  /// not the owner holds resources there.
  func removeQuota(
    of organization: OrganizationID, on cluster: ClusterID
  ) async throws(DomainError) -> Bool
  /// The quotas of a cluster, by organization.
  func quotas(on cluster: ClusterID) async throws(DomainError) -> [ClusterQuotaUsage]
  /// The quotas of an organization, by cluster.
  func quotas(
    of organization: OrganizationID, page: PageRequest
  ) async throws(DomainError) -> Page<ClusterQuotaUsage>
  /// Throws `.notFound` if there is no such organization.
  func setQuota(_ quota: OrganizationQuota) async throws(DomainError)
  /// Nil: there is no such organization. One without quota has the standard one.
  func quota(of organization: OrganizationID) async throws(DomainError) -> OrganizationQuotaUsage?
}
