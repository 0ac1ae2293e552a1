/// Deployments and their history. Every change of state writes its event in the same transaction.
package protocol DeploymentStore: Sendable {
  /// Queues a deployment with its first event. With a key that this caller used before: the
  /// deployment of that time, or `.failedPrecondition` if the request differs. Throws `.notFound`
  /// if there is no such organization or requested cluster that it may run on,
  /// `.resourceExhausted` if as many of the organization wait as may. Nil: the requested cluster,
  /// or without one each that the organization may run on, could not hold it even empty
  /// (`Cluster.shortages`), or a quota would never let it; then nothing is written, and an
  /// earlier use of the key is not looked for.
  func insert(
    _ deployment: Deployment, idempotency: IdempotencyKey?
  ) async throws(DomainError) -> Deployment?
  /// The same for the deployments of a gang, by index: all or none. Answers the first of them.
  /// Whether the clusters could hold all of them at once is not asked here.
  func insert(
    gang members: [Deployment], idempotency: IdempotencyKey?
  ) async throws(DomainError) -> Deployment?
  /// The deployment that this caller (`createdBy`) queued under the key before; nil if none. Throws
  /// `.failedPrecondition` if its request differs.
  func deployment(
    createdWith key: IdempotencyKey, organization: OrganizationID, createdBy: String
  ) async throws(DomainError) -> Deployment?
  func deployment(
    _ id: DeploymentID, in scope: TenantScope
  ) async throws(DomainError) -> Deployment?
  /// Newest first.
  func deployments(
    _ filter: DeploymentFilter, in scope: TenantScope, page: PageRequest
  ) async throws(DomainError) -> Page<Deployment>
  /// Hands the deployment to `sink`; returns whose it is, nil if there is none in scope.
  func deployment(
    _ id: DeploymentID, in scope: TenantScope, into sink: any DeploymentSink
  ) async throws(DomainError) -> OrganizationID?
  /// Hands a page to `sink`, newest first; returns what the next one begins with, nil on the last.
  func deployments(
    _ filter: DeploymentFilter, in scope: TenantScope, page: PageRequest,
    into sink: any DeploymentSink
  ) async throws(DomainError) -> String?
  /// Oldest first.
  func events(
    _ id: DeploymentID, page: PageRequest
  ) async throws(DomainError) -> Page<DeploymentEvent>
  /// Ends a deployment, of a gang all that are not final, as `cancelled` and frees what it holds.
  /// One that is final is returned as it is; nil if there is none in scope.
  func cancel(
    _ id: DeploymentID, in scope: TenantScope, reason: String, now: Instant
  ) async throws(DomainError) -> Deployment?
  /// Ends a deployment that holds resources, of a gang all that do, as `completed` and frees them.
  /// Another one is returned as it is: the caller looks at its state; nil if there is none in
  /// scope.
  func complete(
    _ id: DeploymentID, in scope: TenantScope, reason: String, now: Instant
  ) async throws(DomainError) -> Deployment?
  /// Writes priority, request, GPU models, terms, reason and time of `changed` if the deployment is
  /// queued and was not changed since it was `current`, with an event, and to all others of its
  /// gang; nil: it is not queued any more, was changed, or is not in scope.
  func update(
    _ changed: Deployment, from current: Deployment, in scope: TenantScope
  ) async throws(DomainError) -> Deployment?
  /// Applies an agent's report if the deployment is placed on that cluster, in that attempt and
  /// holds resources; otherwise changes nothing and returns nil. `retryAt` set: a failure goes back
  /// to the queue until then if attempts are left, and ends as `failed` if not. Resources are freed
  /// once. With one of a gang that fails all that have not ended go back, or fail if one of them
  /// has completed.
  func apply(
    _ report: AgentReport, cluster: ClusterID, now: Instant
  ) async throws(DomainError) -> Deployment?
  /// Those that hold resources on a cluster.
  func holding(cluster: ClusterID) async throws(DomainError) -> [Deployment]
}

/// What an agent says of one container.
package struct AgentReport: Sendable, Equatable {
  package enum Outcome: Sendable, Equatable {
    case starting
    case running
    case completed(exitCode: Int)
    /// `retryAt` nil: another attempt would not help.
    case failed(exitCode: Int?, retryAt: Instant?)
  }

  package let deployment: DeploymentID
  package let attempt: Int
  package let outcome: Outcome
  package let reason: String

  package init(deployment: DeploymentID, attempt: Int, outcome: Outcome, reason: String) {
    self.deployment = deployment
    self.attempt = attempt
    self.outcome = outcome
    self.reason = reason
  }
}
