/// Clusters of CPU, memory and GPU that deployments are placed on.
package struct Clusters: Sendable {
  private let store: any ClusterStore
  private let access: Access
  private let broadcast: any Broadcast
  private let digest: any SecretDigest
  private let random: any SecureRandom
  private let clock: any WallClock

  package init(
    store: any ClusterStore, access: Access, broadcast: any Broadcast, digest: any SecretDigest,
    random: any SecureRandom, clock: any WallClock
  ) {
    self.store = store
    self.access = access
    self.broadcast = broadcast
    self.digest = digest
    self.random = random
    self.clock = clock
  }

  /// Registers a cluster. Throws `.alreadyExists` if the organization has one of that name.
  package func create(
    _ grant: AccessGrant, _ draft: ClusterDraft
  ) async throws(DomainError) -> Cluster {
    var validation = Validation()
    let checkedID = validation.identifier(
      draft.organizationID, "organization_id", of: Organization.self)
    validation.clusterName(draft.name, "name")
    let checkedCapacity = validation.capacity(draft.capacity, "capacity")
    validation.gpuModel(draft.gpuModel, "gpu_model")
    let (organizationID, capacity) = try validation.passed(checkedID, checkedCapacity)
    let organization = try grant.authorize(organizationID)
    let now = clock.now()
    let cluster = try await store.insert(
      Cluster(
        id: .make(at: now, random: random.next()), organization: organization.id,
        name: draft.name, capacity: capacity, gpuModel: draft.gpuModel, createdAt: now,
        updatedAt: now))
    broadcast.publish(.changed)
    return cluster
  }

  /// Changes name, model or capacity. Throws `.failedPrecondition` when a dimension would fall
  /// below what is allocated, `.alreadyExists` for a name that is taken.
  package func update(
    _ grant: AccessGrant, id: String, _ requested: RequestedClusterChange
  ) async throws(DomainError) -> Cluster {
    var validation = Validation()
    let checkedID = validation.identifier(id, "id", of: Cluster.self)
    let checkedChange = validation.change(requested)
    let (id, change) = try validation.passed(checkedID, checkedChange)
    let known = try await authorized(grant, id)
    if change == ClusterChange() { return known }
    guard let cluster = try await store.update(id, change, in: grant.scope) else {
      throw Self.notFound(id)
    }
    broadcast.publish(.changed)
    return cluster
  }

  package func get(_ grant: AccessGrant, id: String) async throws(DomainError) -> Cluster {
    var validation = Validation()
    let checkedID = validation.identifier(id, "id", of: Cluster.self)
    let id = try validation.passed(checkedID)
    // Shown to a guest as well.
    if let usable = try await store.cluster(id, usableBy: grant.scope) { return usable }
    return try await authorized(grant, id)
  }

  /// Those that the organizations may run on, by name, then id.
  package func list(
    _ grant: AccessGrant, _ query: ClusterQuery
  ) async throws(DomainError) -> Page<Cluster> {
    var validation = Validation()
    let checkedID = validation.optionalIdentifier(
      query.organizationID, "organization_id", of: Organization.self)
    if query.namePrefix.utf8.count > DomainLimits.clusterNameBytes.upperBound {
      validation.refuse("name_prefix", "must have at most 64 characters")
    }
    validation.gpuModel(query.gpuModel, "gpu_model")
    let checkedLeast = validation.lowerBound(query.availableAtLeast, "available_at_least")
    let checkedPage = validation.page(query.page)
    let (organization, least, page) = try validation.passed(checkedID, checkedLeast, checkedPage)
    let filter = ClusterFilter(
      namePrefix: query.namePrefix, gpuModel: query.gpuModel, availableAtLeast: least)
    return try await store.clusters(filter, in: try grant.scope(of: organization), page: page)
  }

  /// Makes a token that agents of the cluster attach with, shown this once; earlier ones go on
  /// holding.
  package func createAgentToken(
    _ grant: AccessGrant, clusterID: String
  ) async throws(DomainError) -> String {
    var validation = Validation()
    let checkedID = validation.identifier(clusterID, "cluster_id", of: Cluster.self)
    let cluster = try await authorized(grant, try validation.passed(checkedID))
    let token = SecretText.token(prefix: SecretText.agentTokenPrefix, random: random)
    try await store.insertAgentToken(digest: digest.digest(token), cluster: cluster.id)
    return token
  }

  /// Ends every agent token of the cluster; returns how many. Agents that are attached by one are
  /// told by `.accessChanged`.
  package func revokeAgentTokens(
    _ grant: AccessGrant, clusterID: String
  ) async throws(DomainError) -> Int {
    var validation = Validation()
    let checkedID = validation.identifier(clusterID, "cluster_id", of: Cluster.self)
    let cluster = try await authorized(grant, try validation.passed(checkedID))
    let revoked = try await store.revokeAgentTokens(cluster: cluster.id)
    access.changed(cluster.id)
    return revoked
  }

  /// The cluster, if the caller may call this method on it.
  private func authorized(
    _ grant: AccessGrant, _ id: ClusterID
  ) async throws(DomainError) -> Cluster {
    guard let cluster = try await store.cluster(id, in: grant.visible) else {
      throw Self.notFound(id)
    }
    _ = try grant.authorize(cluster.organization)
    return cluster
  }

  private static func notFound(_ id: ClusterID) -> DomainError {
    .notFound(kind: "cluster", name: id.description)
  }
}
