/// Clusters. What lies outside `scope` does not exist for the caller.
package protocol ClusterStore: Sendable {
  /// Throws `.alreadyExists` if the organization has a cluster of that name.
  func insert(_ cluster: Cluster) async throws(DomainError) -> Cluster
  func cluster(_ id: ClusterID, in scope: TenantScope) async throws(DomainError) -> Cluster?
  /// By name, then id.
  func clusters(
    _ filter: ClusterFilter, in scope: TenantScope, page: PageRequest
  ) async throws(DomainError) -> Page<Cluster>
  /// Changes name and capacity at once. Throws `.failedPrecondition` when a dimension would fall
  /// below what is allocated, `.alreadyExists` for a name that is taken; nil if there is none.
  func update(
    _ id: ClusterID, _ change: ClusterChange, in scope: TenantScope
  ) async throws(DomainError) -> Cluster?
  /// Adds a token that agents of the cluster attach with.
  func insertAgentToken(digest: [UInt8], cluster: ClusterID) async throws(DomainError)
  /// How many ended.
  func revokeAgentTokens(cluster: ClusterID) async throws(DomainError) -> Int
}
