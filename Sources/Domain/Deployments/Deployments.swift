/// Deployments: model images to run, queued until a cluster has room for them.
package struct Deployments: Sendable {
  let store: any DeploymentStore
  private let clusters: any ClusterStore
  private let quotas: any QuotaStore
  private let classes: any PriorityClassStore
  let broadcast: any Broadcast
  private let digest: any SecretDigest
  private let random: any SecureRandom
  let clock: any WallClock

  package init(
    store: any DeploymentStore, clusters: any ClusterStore, quotas: any QuotaStore,
    classes: any PriorityClassStore, broadcast: any Broadcast, digest: any SecretDigest,
    random: any SecureRandom, clock: any WallClock
  ) {
    self.store = store
    self.clusters = clusters
    self.quotas = quotas
    self.classes = classes
    self.broadcast = broadcast
    self.digest = digest
    self.random = random
    self.clock = clock
  }

  /// Queues a deployment. Throws `.failedPrecondition` at once if no cluster that it may run on
  /// could ever hold it, or no quota would ever let it, `.resourceExhausted` if so many wait as
  /// may. A repeated create under the same idempotency key answers the first one.
  package func create(
    _ grant: AccessGrant, _ draft: DeploymentDraft
  ) async throws(DomainError) -> Deployment {
    let (deployment, key) = try await prepare(grant, draft)
    guard let queued = try await insert(deployment, key) else {
      return try await refused(deployment, key)
    }
    broadcast.publish(.changed)
    return queued
  }

  /// The deployment that a draft asks for, checked and authorized, not stored.
  func prepare(
    _ grant: AccessGrant, _ draft: DeploymentDraft
  ) async throws(DomainError) -> (Deployment, IdempotencyKey?) {
    let now = clock.now()
    let checked = try CheckedDeployment(draft, now: now)
    let organization = try await destination(of: checked, grant)
    var terms = QueueTerms(timeToLive: draft.timeToLive, startBy: draft.startBy)
    var priority = draft.priority
    if !draft.priorityClass.isEmpty {
      priority = try await terms.join(priorityClass(draft.priorityClass))
    }
    let id = DeploymentID.make(at: now, random: random.next())
    let deployment = Deployment(
      id: id, organization: organization.id,
      requestedCluster: checked.cluster, name: draft.name, image: draft.image,
      command: draft.command, environment: draft.environment, request: checked.resources,
      gpuModels: draft.gpuModels, priority: priority, maxAttempts: checked.maxAttempts,
      createdBy: grant.callerName, createdAt: now, reason: "waiting for room", updatedAt: now,
      terms: terms,
      gang: checked.replicas > 1 ? GangPlace(id: id, size: checked.replicas, index: 0) : nil,
      traceparent: draft.traceparent)
    return (deployment, idempotencyKey(draft.idempotencyKey, of: deployment))
  }

  /// Of a gang all. Nil: no cluster could ever hold it.
  private func insert(
    _ deployment: Deployment, _ key: IdempotencyKey?
  ) async throws(DomainError) -> Deployment? {
    guard let gang = deployment.gang else {
      return try await store.insert(deployment, idempotency: key)
    }
    guard try await misfit(deployment) == nil else { return nil }
    // Ascending: by age, then id, which is the order of the queue, its first is the first.
    let ids =
      [deployment.id]
      + (1..<gang.size).map { _ in
        DeploymentID.make(at: deployment.createdAt, random: random.next())
      }
    return try await store.insert(
      gang: deployment.gangMembers(ids.sorted()), idempotency: key)
  }

  /// Throws what `create` does for a deployment that no cluster could ever hold.
  func refuseMisfit(_ deployment: Deployment) async throws(DomainError) {
    if let problem = try await misfit(deployment) { throw .failedPrecondition(problem) }
  }

  /// What to answer for a deployment that fits nowhere: a cluster may have shrunk since a first
  /// create under the same key, and that one's answer is still the answer.
  private func refused(
    _ deployment: Deployment, _ key: IdempotencyKey?
  ) async throws(DomainError) -> Deployment {
    if let key,
      let first = try await store.deployment(
        createdWith: key, organization: deployment.organization, createdBy: deployment.createdBy)
    {
      return first
    }
    try await refuseMisfit(deployment)
    throw .aborted("a cluster was changed at the same time: try again")
  }

  package func get(_ grant: AccessGrant, id: String) async throws(DomainError) -> Deployment {
    var validation = Validation()
    let checkedID = validation.identifier(id, "id", of: Deployment.self)
    return try await authorized(grant, try validation.passed(checkedID))
  }

  /// The same, handed to `sink`: on an error what it was given is not to be shown.
  package func get(
    _ grant: AccessGrant, id: String, into sink: any DeploymentSink
  ) async throws(DomainError) {
    var validation = Validation()
    let checkedID = validation.identifier(id, "id", of: Deployment.self)
    let id = try validation.passed(checkedID)
    guard let organization = try await store.deployment(id, in: grant.visible, into: sink) else {
      throw Self.notFound(id)
    }
    _ = try grant.authorize(organization)
  }

  /// Newest first.
  package func list(
    _ grant: AccessGrant, _ query: DeploymentQuery
  ) async throws(DomainError) -> Page<Deployment> {
    let (filter, page, scope) = try checked(query, grant)
    return try await store.deployments(filter, in: scope, page: page)
  }

  /// The same, handed to `sink`; returns the next page's token, nil on the last one.
  package func list(
    _ grant: AccessGrant, _ query: DeploymentQuery, into sink: any DeploymentSink
  ) async throws(DomainError) -> String? {
    let (filter, page, scope) = try checked(query, grant)
    return try await store.deployments(filter, in: scope, page: page, into: sink)
  }

  private func checked(
    _ query: DeploymentQuery, _ grant: AccessGrant
  ) throws(DomainError) -> (DeploymentFilter, PageRequest, TenantScope) {
    var validation = Validation()
    let checkedOrganization = validation.optionalIdentifier(
      query.organizationID, "organization_id", of: Organization.self)
    for (index, state) in query.states.enumerated() where state == nil {
      validation.refuse("states[\(index)]", "must be a state that this server knows")
    }
    let checkedCluster = validation.optionalIdentifier(
      query.clusterID, "cluster_id", of: Cluster.self)
    let checkedGang = validation.optionalIdentifier(
      query.gangID, "gang_id", of: Deployment.self)
    if let priority = query.priority, !DomainLimits.priority.contains(priority) {
      validation.refuse("priority", "must be 0 to \(DomainLimits.priority.upperBound)")
    }
    let checkedPage = validation.page(query.page)
    let (organization, cluster, gang, page) = try validation.passed(
      checkedOrganization, checkedCluster, checkedGang, checkedPage)
    let filter = DeploymentFilter(
      states: Set(query.states.compactMap(\.self)), cluster: cluster, priority: query.priority,
      gang: gang)
    return (filter, page, try grant.scope(of: organization))
  }

  /// Ends a deployment that is not final yet, of a gang all of them, and frees what it holds. One
  /// that was cancelled before is returned as it is. Throws `.failedPrecondition` for one that
  /// completed or failed.
  package func cancel(_ grant: AccessGrant, id: String) async throws(DomainError) -> Deployment {
    let id = try await authorizedID(grant, id)
    let ended = try await store.cancel(
      id, in: grant.scope, reason: "cancelled by \(grant.callerName)", now: clock.now())
    guard let ended else { throw Self.notFound(id) }
    guard ended.state == .cancelled else {
      throw .failedPrecondition("the deployment has ended already: it is \(ended.state.rawValue)")
    }
    broadcast.publish(.changed)
    return ended
  }

  /// Ends a deployment that holds resources, of a gang all that do, as completed and frees them.
  /// One that completed before is returned as it is. Throws `.failedPrecondition` for one that is
  /// queued, failed or cancelled.
  package func complete(_ grant: AccessGrant, id: String) async throws(DomainError) -> Deployment {
    let id = try await authorizedID(grant, id)
    let ended = try await store.complete(
      id, in: grant.scope, reason: "completed by \(grant.callerName)", now: clock.now())
    guard let ended else { throw Self.notFound(id) }
    guard ended.state == .completed else {
      throw .failedPrecondition(
        "only a deployment that holds resources can be completed: it is \(ended.state.rawValue)")
    }
    broadcast.publish(.changed)
    return ended
  }

  /// The history of one deployment, oldest first.
  package func events(
    _ grant: AccessGrant, id: String, page: RequestedPage
  ) async throws(DomainError) -> Page<DeploymentEvent> {
    var validation = Validation()
    let checkedID = validation.identifier(id, "id", of: Deployment.self)
    let checkedPage = validation.page(page)
    let (id, page) = try validation.passed(checkedID, checkedPage)
    return try await store.events(try await authorized(grant, id).id, page: page)
  }

  /// What a caller may follow: one deployment, those of one organization, or all it may see.
  package func watch(
    _ grant: AccessGrant, organizationID: String, deploymentID: String
  ) async throws(DomainError) -> WatchScope {
    var validation = Validation()
    let checkedOrganization = validation.optionalIdentifier(
      organizationID, "organization_id", of: Organization.self)
    let checkedDeployment = validation.optionalIdentifier(
      deploymentID, "deployment_id", of: Deployment.self)
    let (organization, deployment) = try validation.passed(checkedOrganization, checkedDeployment)
    let scope = try grant.scope(of: organization)
    guard let deployment else { return WatchScope(scope: scope, deployment: nil) }
    let known = try await authorized(grant, deployment)
    guard scope.contains(known.organization) else { throw Self.notFound(deployment) }
    return WatchScope(scope: .organizations([known.organization]), deployment: known.id)
  }

  /// The deployment whose logs a caller may read.
  package func logs(
    _ grant: AccessGrant, deploymentID: String
  ) async throws(DomainError) -> Deployment {
    var validation = Validation()
    let checkedID = validation.identifier(deploymentID, "deployment_id", of: Deployment.self)
    return try await authorized(grant, try validation.passed(checkedID))
  }
}

// MARK: - Where a deployment may run

extension Deployments {
  /// The organization that a deployment belongs to. Whether it may run on the cluster that it names
  /// is found where it is stored. On a shared cluster a guest's is the one that it is shared with.
  private func destination(
    of checked: CheckedDeployment, _ grant: AccessGrant
  ) async throws(DomainError) -> AuthorizedOrganization {
    if let organization = checked.organization { return try grant.authorize(organization) }
    guard let id = checked.cluster else { throw .notFound(kind: "cluster", name: "") }
    if let cluster = try await clusters.cluster(id, in: grant.visible) {
      return try grant.authorize(cluster.organization)
    }
    guard let shared = try await clusters.cluster(id, usableBy: grant.scope) else {
      throw .notFound(kind: "cluster", name: id.description)
    }
    let guests = shared.quotas.filter { $0.isAccepted && grant.scope.contains($0.organization) }
    guard let guest = guests.first, guests.count == 1 else {
      throw .invalid([
        Violation("organization_id", "is required: the cluster is shared with several of yours")
      ])
    }
    return try grant.authorize(guest.organization)
  }

  func priorityClass(_ name: String) async throws(DomainError) -> PriorityClass {
    guard let one = try await classes.priorityClass(named: name) else {
      throw .invalid([Violation("priority_class", "there is no class of this name")])
    }
    return one
  }

  /// Why no cluster could ever hold the deployment; nil if one could.
  func misfit(_ deployment: Deployment) async throws(DomainError) -> String? {
    let request = deployment.request
    let models = deployment.gpuModels
    let organization = deployment.organization
    let quota = try await quotas.quota(of: organization)?.quota
    let whole = request.times(deployment.gang?.size ?? 1)
    if let excesses = quota?.limit.excesses(of: whole), !excesses.isEmpty {
      return "the organization's quota on all clusters can never hold it: "
        + excesses.joined(separator: "; ")
    }
    if let id = deployment.requestedCluster {
      let scope = TenantScope.organizations([organization])
      guard let requested = try await clusters.cluster(id, usableBy: scope) else {
        throw .notFound(kind: "cluster", name: id.description)
      }
      let shortages = requested.shortages(
        for: request, gpuModels: models, of: organization)
      if shortages.isEmpty { return try await gangMisfit(deployment) }
      return "cluster \(requested.name) can never hold it: "
        + shortages.joined(separator: "; ")
    }
    let nearest = try await clusters.largestFit(
      for: request, gpuModels: models, in: organization)
    guard let nearest else {
      return "the organization has no cluster: create one first"
    }
    let shortages = nearest.shortages(for: request, gpuModels: models, of: organization)
    if shortages.isEmpty { return try await gangMisfit(deployment) }
    return "no cluster can ever hold it; \(nearest.name), which comes nearest, lacks "
      + shortages.joined(separator: "; ")
  }

  /// Why the clusters together could never hold all of a gang at once; nil if they could.
  private func gangMisfit(_ deployment: Deployment) async throws(DomainError) -> String? {
    guard let gang = deployment.gang else { return nil }
    let most = try await clusters.mostReplicas(
      of: deployment.request, gpuModels: deployment.gpuModels, in: deployment.organization,
      on: deployment.requestedCluster, limit: gang.size)
    if most >= gang.size { return nil }
    return "a gang runs all at once: \(most) of \(gang.size) replicas is the most that "
      + (deployment.requestedCluster == nil ? "the clusters" : "the cluster")
      + " could hold, even empty"
  }

  private func idempotencyKey(_ key: String, of deployment: Deployment) -> IdempotencyKey? {
    guard !key.isEmpty else { return nil }
    return IdempotencyKey(key: key, requestDigest: digest.digest(deployment.canonicalRequest))
  }
}

// MARK: - One deployment

extension Deployments {
  func authorizedID(
    _ grant: AccessGrant, _ id: String
  ) async throws(DomainError) -> DeploymentID {
    var validation = Validation()
    let checkedID = validation.identifier(id, "id", of: Deployment.self)
    return try await authorized(grant, try validation.passed(checkedID)).id
  }

  /// The deployment, if the caller may call this method on it.
  func authorized(
    _ grant: AccessGrant, _ id: DeploymentID
  ) async throws(DomainError) -> Deployment {
    guard let deployment = try await store.deployment(id, in: grant.visible) else {
      throw Self.notFound(id)
    }
    _ = try grant.authorize(deployment.organization)
    return deployment
  }

  static func notFound(_ id: DeploymentID) -> DomainError {
    .notFound(kind: "deployment", name: id.description)
  }
}
