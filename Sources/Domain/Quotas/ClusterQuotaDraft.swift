/// A quota on a cluster as a caller asks for it, unchecked.
package struct ClusterQuotaDraft: Sendable, Equatable {
  package var clusterID: String
  package var organizationID: String
  /// Nil: nothing.
  package var guaranteed: RequestedResources?
  package var limit: RequestedCeiling
  package var mayBorrow: Bool
  /// Nil: one that is not known.
  package var reclaim: ReclaimPolicy?

  package init(
    clusterID: String, organizationID: String, guaranteed: RequestedResources? = nil,
    limit: RequestedCeiling = RequestedCeiling(), mayBorrow: Bool = true,
    reclaim: ReclaimPolicy? = .never
  ) {
    self.clusterID = clusterID
    self.organizationID = organizationID
    self.guaranteed = guaranteed
    self.limit = limit
    self.mayBorrow = mayBorrow
    self.reclaim = reclaim
  }
}
