/// Clusters. What lies outside `scope` does not exist for the caller.
package protocol ClusterStore: Sendable {
  /// Throws `.alreadyExists` if the organization has a cluster of that name, `.notFound` if there
  /// is no such organization.
  func insert(_ cluster: Cluster) async throws(DomainError) -> Cluster
  func cluster(_ id: ClusterID, in scope: TenantScope) async throws(DomainError) -> Cluster?
  /// A cluster that an organization of `scope` may run on: its own, or one that is shared with it
  /// and that it has accepted.
  func cluster(_ id: ClusterID, usableBy scope: TenantScope) async throws(DomainError) -> Cluster?
  /// Those that organizations of `scope` may run on, by name, then id.
  func clusters(
    _ filter: ClusterFilter, in scope: TenantScope, page: PageRequest
  ) async throws(DomainError) -> Page<Cluster>
  /// Changes name and capacity at once. Throws `.failedPrecondition` when a dimension would fall
  /// below what is allocated or guaranteed, `.alreadyExists` for a name that is taken; nil if
  /// there is none.
  func update(
    _ id: ClusterID, _ change: ClusterChange, in scope: TenantScope
  ) async throws(DomainError) -> Cluster?
  /// The cluster that the organization may run on that comes nearest to holding `request` while
  /// it is empty: by how many dimensions of its capacity, or of the organization's quota there,
  /// suffice (the GPU's only on a cluster of one of `gpuModels`, where any are named and GPU is
  /// asked for), then by GPU, CPU, memory and id, most first. So if any could ever hold the
  /// request, the answer can (`Cluster.shortages` is empty). Nil: it has no cluster.
  func largestFit(
    for request: Resources, gpuModels: [String], in organization: OrganizationID
  ) async throws(DomainError) -> Cluster?
  /// How many deployments of that request the organization's clusters, or one of them, could hold
  /// at once while they are empty, counted up to `limit`.
  func mostReplicas(
    of request: Resources, gpuModels: [String], in organization: OrganizationID,
    on cluster: ClusterID?, limit: Int
  ) async throws(DomainError) -> Int
  /// Adds a token that agents of the cluster attach with.
  func insertAgentToken(digest: [UInt8], cluster: ClusterID) async throws(DomainError)
  /// How many ended.
  func revokeAgentTokens(cluster: ClusterID) async throws(DomainError) -> Int
}
