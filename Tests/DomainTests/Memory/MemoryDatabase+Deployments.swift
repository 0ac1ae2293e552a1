import Domain

extension MemoryDatabase: DeploymentStore {
  func insert(
    _ deployment: Deployment, idempotency: IdempotencyKey?
  ) async throws(DomainError) -> Deployment? {
    guard try fits(deployment) else { return nil }
    if let idempotency {
      let first = try await self.deployment(
        createdWith: idempotency, organization: deployment.organization,
        createdBy: deployment.createdBy)
      if let first { return first }
    }
    return try with { state throws(DomainError) in
      guard state.organizations[deployment.organization] != nil else {
        throw .notFound(kind: "organization", name: deployment.organization.description)
      }
      if let idempotency {
        let scope = KeyScope(
          key: idempotency.key, organization: deployment.organization,
          createdBy: deployment.createdBy)
        state.keys[scope] = (idempotency.requestDigest, deployment.id)
      }
      state.deployments[deployment.id] = deployment
      Self.record(deployment, at: deployment.createdAt, in: &state)
      return deployment
    }
  }

  func insert(
    gang members: [Deployment], idempotency: IdempotencyKey?
  ) async throws(DomainError) -> Deployment? {
    var first: Deployment?
    for member in members {
      let queued = try await insert(member, idempotency: first == nil ? idempotency : nil)
      guard let queued else { return nil }
      // A repeated create.
      if first == nil, queued.id != member.id { return queued }
      first = first ?? queued
    }
    return first
  }

  private func fits(_ deployment: Deployment) throws(DomainError) -> Bool {
    try with { state throws(DomainError) in
      let organization = deployment.organization
      let clusters = state.clusters.values.filter {
        Self.isUsable($0, by: .organizations([organization]))
          && (deployment.requestedCluster == nil || deployment.requestedCluster == $0.id)
      }
      if let requested = deployment.requestedCluster, clusters.isEmpty {
        throw .notFound(kind: "cluster", name: requested.description)
      }
      let quota = state.quotas[organization]
      if let quota, !quota.limit.allows(deployment.request) { return false }
      guard
        clusters.contains(where: {
          $0.shortages(
            for: deployment.request, gpuModels: deployment.gpuModels, of: organization
          ).isEmpty
        })
      else { return false }
      let queued = state.deployments.values.count {
        $0.organization == organization && $0.state == .queued
      }
      if let limit = quota?.queuedLimit, queued >= limit {
        throw .resourceExhausted("the queue is full")
      }
      return true
    }
  }

  func deployment(
    createdWith key: IdempotencyKey, organization: OrganizationID, createdBy: String
  ) async throws(DomainError) -> Deployment? {
    try with { state throws(DomainError) in
      let scope = KeyScope(key: key.key, organization: organization, createdBy: createdBy)
      guard let known = state.keys[scope] else { return nil }
      guard known.digest == key.requestDigest else {
        throw .failedPrecondition("the idempotency key was used for another request")
      }
      return state.deployments[known.deployment]
    }
  }

  func deployment(
    _ id: DeploymentID, in scope: TenantScope
  ) async throws(DomainError) -> Deployment? {
    with { state in
      guard let deployment = state.deployments[id], scope.contains(deployment.organization) else {
        return nil
      }
      return deployment
    }
  }

  func deployments(
    _ filter: DeploymentFilter, in scope: TenantScope, page: PageRequest
  ) async throws(DomainError) -> Page<Deployment> {
    let found = with { state in
      state.deployments.values.filter { deployment in
        let isThere =
          filter.cluster == nil || deployment.requestedCluster == filter.cluster
          || deployment.placedCluster == filter.cluster
        return isThere && scope.contains(deployment.organization)
          && (filter.states.isEmpty || filter.states.contains(deployment.state))
          && (filter.priority == nil || filter.priority == deployment.priority)
          && (filter.gang == nil || filter.gang == deployment.gang?.id)
      }
    }
    return try Self.page(found.sorted { $0.id > $1.id }, page)
  }

  func events(
    _ id: DeploymentID, page: PageRequest
  ) async throws(DomainError) -> Page<DeploymentEvent> {
    try Self.page(with { state in state.events.filter { $0.deployment == id } }, page)
  }

  func cancel(
    _ id: DeploymentID, in scope: TenantScope, reason: String, now: Instant
  ) async throws(DomainError) -> Deployment? {
    with { state in
      Self.endAll(id, .cancelled, in: scope, reason, now, in: &state) { !$0.state.isFinal }
    }
  }

  func complete(
    _ id: DeploymentID, in scope: TenantScope, reason: String, now: Instant
  ) async throws(DomainError) -> Deployment? {
    with { state in
      Self.endAll(id, .completed, in: scope, reason, now, in: &state) { $0.state.holdsResources }
    }
  }

  func update(
    _ changed: Deployment, from current: Deployment, in scope: TenantScope
  ) async throws(DomainError) -> Deployment? {
    with { state in
      guard state.deployments[current.id] == current, current.state == .queued,
        scope.contains(current.organization)
      else { return nil }
      state.deployments[current.id] = changed
      Self.record(changed, at: changed.updatedAt, in: &state)
      for id in Self.others(of: current, in: state) {
        guard var other = state.deployments[id] else { continue }
        other.priority = changed.priority
        other.request = changed.request
        other.gpuModels = changed.gpuModels
        other.terms = changed.terms
        other.reason = changed.reason
        other.updatedAt = changed.updatedAt
        state.deployments[id] = other
        Self.record(other, at: other.updatedAt, in: &state)
      }
      return changed
    }
  }

  /// The rules never call it: agents' reports are tested where they are handled.
  func apply(
    _ report: AgentReport, cluster: ClusterID, now: Instant
  ) async throws(DomainError) -> Deployment? {
    throw .internal("no agent reports here")
  }

  func holding(cluster: ClusterID) async throws(DomainError) -> [Deployment] {
    with { state in
      state.deployments.values.filter { $0.placedCluster == cluster && $0.state.holdsResources }
    }
  }

  /// What the scheduler and the agent do: places a queued deployment, which then runs.
  func run(_ id: DeploymentID, on cluster: ClusterID, now: Instant) {
    with { state in
      guard var deployment = state.deployments[id], deployment.state == .queued else { return }
      let allocated = Self.allocated(cluster, state)
      state.clusters[cluster]?.allocated = allocated + deployment.request
      deployment.state = .running
      deployment.placedCluster = cluster
      deployment.attempt += 1
      state.deployments[id] = deployment
      Self.record(deployment, at: now, in: &state)
    }
  }

  private static func allocated(_ cluster: ClusterID, _ state: State) -> Resources {
    state.clusters[cluster]?.allocated ?? .zero
  }

  private static func record(_ deployment: Deployment, at: Instant, in state: inout State) {
    state.events.append(
      DeploymentEvent(
        deployment: deployment.id, sequence: Int64(state.events.count + 1),
        attempt: deployment.attempt, state: deployment.state, reason: deployment.reason, at: at))
  }

  /// The rest of its gang.
  private static func others(of deployment: Deployment, in state: State) -> [DeploymentID] {
    guard let gang = deployment.gang else { return [] }
    return state.deployments.values.filter {
      $0.gang?.id == gang.id && $0.id != deployment.id
    }.map(\.id).sorted()
  }

  /// With one of a gang all end.
  private static func endAll(
    _ id: DeploymentID, _ final: DeploymentState, in scope: TenantScope, _ reason: String,
    _ now: Instant, in state: inout State, if mayEnd: (Deployment) -> Bool
  ) -> Deployment? {
    let ended = end(id, final, in: scope, reason, now, in: &state, if: mayEnd)
    guard let ended, ended.state == final else { return ended }
    for other in others(of: ended, in: state) {
      _ = end(other, final, in: scope, reason, now, in: &state, if: mayEnd)
    }
    return ended
  }

  private static func end(
    _ id: DeploymentID, _ final: DeploymentState, in scope: TenantScope, _ reason: String,
    _ now: Instant, in state: inout State, if mayEnd: (Deployment) -> Bool
  ) -> Deployment? {
    guard var deployment = state.deployments[id], scope.contains(deployment.organization) else {
      return nil
    }
    guard mayEnd(deployment) else { return deployment }
    if deployment.state.holdsResources, let cluster = deployment.placedCluster {
      let allocated = Self.allocated(cluster, state)
      state.clusters[cluster]?.allocated = allocated - deployment.request
    }
    deployment.state = final
    deployment.reason = reason
    deployment.endedAt = now
    state.deployments[id] = deployment
    record(deployment, at: now, in: &state)
    return deployment
  }
}
