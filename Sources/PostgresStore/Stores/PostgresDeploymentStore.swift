package import Domain

/// Deployments and their history in PostgreSQL. What one loop's callers create or move on in one
/// turn goes as one statement.
package struct PostgresDeploymentStore: DeploymentStore {
  let database: PostgresDatabase
  let batchers: DeploymentBatchers

  // MARK: Creating

  package func insert(
    _ deployment: Deployment, idempotency: IdempotencyKey?
  ) async throws(DomainError) -> Deployment? {
    let outcome: CreateOutcome
    do throws(PostgresFailure) {
      outcome = try await batchers.create(
        CreateItem(deployment: deployment, idempotency: idempotency),
        index: database.poolIndex())
    } catch {
      throw error.domainError { Self.refusal(of: deployment, by: $0) }
    }
    return try await answer(outcome, deployment, idempotency)
  }

  package func insert(
    gang members: [Deployment], idempotency: IdempotencyKey?
  ) async throws(DomainError) -> Deployment? {
    guard let first = members.first else { throw .internal("a gang of none") }
    let result = try await database.write(
      .createGang, CreateItem.parameters(gang: members, idempotency: idempotency),
      refusing: { Self.refusal(of: first, by: $0) })
    switch CreateOutcome.decode(result, count: 1) {
    case .success(let outcomes): return try await answer(outcomes[0], first, idempotency)
    case .failure(let failure): throw failure.domainError()
    }
  }

  private static func refusal(of deployment: Deployment, by constraint: String) -> DomainError? {
    switch constraint {
    case "deployments_id_unique":
      .alreadyExists(kind: "deployment", name: deployment.id.description)
    case "deployments_amounts":
      .invalid([
        Violation("resources", "gpu_millis is below 1000 or a multiple of it; none is negative")
      ])
    default: nil
    }
  }

  private func answer(
    _ outcome: CreateOutcome, _ deployment: Deployment, _ idempotency: IdempotencyKey?
  ) async throws(DomainError) -> Deployment? {
    switch outcome {
    case .created: return deployment
    case .noOrganization:
      throw .notFound(kind: "organization", name: deployment.organization.description)
    case .noCluster:
      throw .notFound(
        kind: "cluster", name: deployment.requestedCluster?.description ?? "")
    case .noFit: return nil
    case .queueFull:
      // A repeated create is not another one.
      if let idempotency,
        let first = try await self.deployment(
          createdWith: idempotency, organization: deployment.organization,
          createdBy: deployment.createdBy)
      {
        return first
      }
      throw .resourceExhausted(
        "as many deployments of the organization wait as its quota allows (queued_limit)")
    case .repeated: return try await repeated(deployment, idempotency)
    }
  }

  private func repeated(
    _ deployment: Deployment, _ idempotency: IdempotencyKey?
  ) async throws(DomainError) -> Deployment {
    if let idempotency,
      let first = try await self.deployment(
        createdWith: idempotency, organization: deployment.organization,
        createdBy: deployment.createdBy)
    {
      return first
    }
    // The key was taken by a create that was pruned in between.
    throw .aborted("the same idempotency key was used at the same time")
  }

  package func deployment(
    createdWith key: IdempotencyKey, organization: OrganizationID, createdBy: String
  ) async throws(DomainError) -> Deployment? {
    let result = try await database.read(
      .deploymentOfKey,
      Parameters {
        $0.add(organization)
        $0.add(createdBy)
        $0.add(key.key)
      })
    return try result.first { row throws(DomainError) in
      guard try row.data() == key.requestDigest else {
        throw .failedPrecondition(
          "the idempotency key was used for another request: use another key")
      }
      return try Deployment(row: &row)
    }
  }

  // MARK: Reading

  package func deployment(
    _ id: DeploymentID, in scope: TenantScope
  ) async throws(DomainError) -> Deployment? {
    try await row(of: id, in: scope).first(Deployment.init(row:))
  }

  package func deployment(
    _ id: DeploymentID, in scope: TenantScope, into sink: any DeploymentSink
  ) async throws(DomainError) -> OrganizationID? {
    try await row(of: id, in: scope).first { row throws(DomainError) in
      var fields = DeploymentFields()
      try row.read(&fields)
      sink.add(fields)
      return fields.organization
    }
  }

  private func row(
    of id: DeploymentID, in scope: TenantScope
  ) async throws(DomainError) -> QueryResult {
    try await database.read(
      scope == .all ? .anyDeployment : .deployment,
      Parameters {
        $0.add(id)
        if scope != .all { $0.add(scope) }
      })
  }

  package func deployments(
    _ filter: DeploymentFilter, in scope: TenantScope, page: PageRequest
  ) async throws(DomainError) -> Page<Deployment> {
    let rows = try await rows(filter, in: scope, page: page)
    return page.page(try rows.map(Deployment.init(row:))) {
      Self.token(createdAt: $0.createdAt, id: $0.id)
    }
  }

  package func deployments(
    _ filter: DeploymentFilter, in scope: TenantScope, page: PageRequest,
    into sink: any DeploymentSink
  ) async throws(DomainError) -> String? {
    let rows = try await rows(filter, in: scope, page: page)
    var fields = DeploymentFields()
    try rows.forEach(limit: page.size) { row throws(DomainError) in
      try row.read(&fields)
      sink.add(fields)
    }
    // The row that was fetched beyond the page says that there is another one.
    return rows.count > page.size
      ? Self.token(createdAt: fields.createdAt, id: fields.id).text : nil
  }

  private func rows(
    _ filter: DeploymentFilter, in scope: TenantScope, page: PageRequest
  ) async throws(DomainError) -> QueryResult {
    var place = DeploymentListing.Place.newest
    if let token = page.token {
      var reader = try PageToken.Reader(token, of: .deployments)
      place.createdAt = Instant(microseconds: try reader.number())
      place.id = DeploymentID(try reader.number())
      try reader.end()
    }
    let listing = DeploymentListing(filter, in: scope)
    return try await database.read(
      listing.statement,
      listing.parameters(filter, in: scope, before: place, count: page.fetchCount))
  }

  private static func token(createdAt: Instant, id: DeploymentID) -> PageToken {
    PageToken(.deployments).appending(createdAt.microseconds).appending(id.value)
  }

  package func events(
    _ id: DeploymentID, page: PageRequest
  ) async throws(DomainError) -> Page<DeploymentEvent> {
    var sequence: Int64 = 0
    if let token = page.token {
      var reader = try PageToken.Reader(token, of: .events)
      sequence = try reader.number()
      try reader.end()
    }
    let after = sequence
    let result = try await database.read(
      .deploymentEvents,
      Parameters {
        $0.add(id)
        $0.add(after)
        $0.add(page.fetchCount)
      })
    return page.page(try result.map(DeploymentEvent.init(row:))) {
      PageToken(.events).appending($0.sequence)
    }
  }

  package func holding(cluster: ClusterID) async throws(DomainError) -> [Deployment] {
    try await database.read(.holdingOnCluster, Parameters { $0.add(cluster) })
      .map(Deployment.init(row:))
  }

  // MARK: Moving on

  package func cancel(
    _ id: DeploymentID, in scope: TenantScope, reason: String, now: Instant
  ) async throws(DomainError) -> Deployment? {
    try await move(Transition(id, .cancel, scope: scope, reason: reason, now: now))
  }

  package func complete(
    _ id: DeploymentID, in scope: TenantScope, reason: String, now: Instant
  ) async throws(DomainError) -> Deployment? {
    try await move(Transition(id, .complete, scope: scope, reason: reason, now: now))
  }

  package func apply(
    _ report: AgentReport, cluster: ClusterID, now: Instant
  ) async throws(DomainError) -> Deployment? {
    try await move(Transition(report, cluster: cluster, now: now))
  }

  /// Asks again while another transition of the same deployment gets in between.
  private func move(_ transition: Transition) async throws(DomainError) -> Deployment? {
    for _ in 0..<Limits.attemptsPerTransition {
      let outcome: TransitionOutcome
      do throws(PostgresFailure) {
        outcome = try await batchers.move(transition, index: database.poolIndex())
      } catch {
        throw error.domainError()
      }
      switch outcome {
      case .done(let deployment): return deployment
      case .race: continue
      }
    }
    throw .aborted("the deployment keeps changing")
  }
}
