import Domain

/// Deployments with failpoints around what queues them and what ends them.
struct FaultyDeploymentStore: DeploymentStore {
  let store: any DeploymentStore
  let points: Failpoints

  func insert(
    _ deployment: Deployment, idempotency: IdempotencyKey?
  ) async throws(DomainError) -> Deployment? {
    try await points.around(.createBefore, .createAfter) { () async throws(DomainError) in
      try await store.insert(deployment, idempotency: idempotency)
    }
  }

  func insert(
    gang members: [Deployment], idempotency: IdempotencyKey?
  ) async throws(DomainError) -> Deployment? {
    try await points.around(.createBefore, .createAfter) { () async throws(DomainError) in
      try await store.insert(gang: members, idempotency: idempotency)
    }
  }

  func cancel(
    _ id: DeploymentID, in scope: TenantScope, reason: String, now: Instant
  ) async throws(DomainError) -> Deployment? {
    try await points.around(.endingBefore, .endingAfter) { () async throws(DomainError) in
      try await store.cancel(id, in: scope, reason: reason, now: now)
    }
  }

  func complete(
    _ id: DeploymentID, in scope: TenantScope, reason: String, now: Instant
  ) async throws(DomainError) -> Deployment? {
    try await points.around(.endingBefore, .endingAfter) { () async throws(DomainError) in
      try await store.complete(id, in: scope, reason: reason, now: now)
    }
  }

  func apply(
    _ report: AgentReport, cluster: ClusterID, now: Instant
  ) async throws(DomainError) -> Deployment? {
    try await points.around(.reportBefore, .reportAfter) { () async throws(DomainError) in
      try await store.apply(report, cluster: cluster, now: now)
    }
  }

  func update(
    _ changed: Deployment, from current: Deployment, in scope: TenantScope
  ) async throws(DomainError) -> Deployment? {
    try await store.update(changed, from: current, in: scope)
  }

  // MARK: Reads

  func deployment(
    createdWith key: IdempotencyKey, organization: OrganizationID, createdBy: String
  ) async throws(DomainError) -> Deployment? {
    try await store.deployment(createdWith: key, organization: organization, createdBy: createdBy)
  }

  func deployment(
    _ id: DeploymentID, in scope: TenantScope
  ) async throws(DomainError) -> Deployment? {
    try await store.deployment(id, in: scope)
  }

  func deployments(
    _ filter: DeploymentFilter, in scope: TenantScope, page: PageRequest
  ) async throws(DomainError) -> Page<Deployment> {
    try await store.deployments(filter, in: scope, page: page)
  }

  func deployment(
    _ id: DeploymentID, in scope: TenantScope, into sink: any DeploymentSink
  ) async throws(DomainError) -> OrganizationID? {
    try await store.deployment(id, in: scope, into: sink)
  }

  func deployments(
    _ filter: DeploymentFilter, in scope: TenantScope, page: PageRequest,
    into sink: any DeploymentSink
  ) async throws(DomainError) -> String? {
    try await store.deployments(filter, in: scope, page: page, into: sink)
  }

  func events(
    _ id: DeploymentID, page: PageRequest
  ) async throws(DomainError) -> Page<DeploymentEvent> {
    try await store.events(id, page: page)
  }

  func holding(cluster: ClusterID) async throws(DomainError) -> [Deployment] {
    try await store.holding(cluster: cluster)
  }
}
