import Domain

extension SchedulingWorld: SchedulerStore {
  func loadQuotas() async throws(DomainError) -> [OrganizationQuota] { [] }

  func loadClusters(of shard: Shard) async throws(DomainError) -> [Cluster] {
    with { $0.clusters.values.filter { shard.contains($0.organization) } }
  }

  func loadDeployments(
    of part: QueuePart, after position: Deployment?, limit: Int
  ) async throws(DomainError) -> [Deployment] {
    try await perform(.load) { state in
      let active = state.deployments.values
        .filter { $0.state.holdsResources || $0.state == .queued }
        .filter { deployment in
          switch part {
          case .shard(let shard, let guests):
            shard.contains(deployment.organization) || guests.contains(deployment.organization)
          case .organizations(let some): some.contains(deployment.organization)
          }
        }
        .sorted { $0.id < $1.id }
      let rest = position.map { position in active.filter { $0.id > position.id } } ?? active
      return Array(rest.prefix(limit))
    }
  }

  func place(
    _ placements: [Placement], epoch: Epoch, now: Instant
  ) async throws(DomainError) -> PlacementResult {
    try await perform(.place) { state in
      guard let shard = state.shard(under: epoch) else {
        state.fencedPlacements += 1
        return .fenced
      }
      var placed: Set<DeploymentID> = []
      for placement in placements {
        guard let deployment = state.deployments[placement.deployment],
          deployment.state == .queued, deployment.attempt + 1 == placement.attempt,
          let cluster = state.clusters[placement.cluster], state.isOn(shard, cluster.id)
        else { continue }
        let held = Self.held(on: cluster.id, in: state)
        guard (held + deployment.request).fits(in: cluster.capacity) else { continue }
        var changed = deployment.placed(by: placement)
        changed.scheduledAt = now
        Self.record(changed, at: now, in: &state)
        state.placements.append(placement)
        placed.insert(deployment.id)
      }
      return .placed(placed)
    }
  }

  func requeueLost(
    heardBefore deadline: Instant, retryAfter: @Sendable (Int) -> Duration, epoch: Epoch,
    now: Instant
  ) async throws(DomainError) -> LostResult {
    let lost = with { state in
      state.deployments.values.filter { deployment in
        guard deployment.state.holdsResources, let cluster = deployment.placedCluster,
          let agent = state.agents[cluster]
        else { return false }
        return agent.seenAt < deadline && (deployment.scheduledAt ?? .start) < deadline
      }
    }
    let retries = Dictionary(
      uniqueKeysWithValues: lost.map { ($0.id, now + retryAfter($0.attempt)) })
    return try await perform(.requeueLost) { state in
      guard let shard = state.shard(under: epoch) else { return .fenced }
      var failed = 0
      for var deployment in lost where state.isOn(shard, deployment.placedCluster) {
        let isOver = deployment.attempt >= deployment.maxAttempts
        if isOver { failed += 1 }
        deployment.state = isOver ? .failed : .queued
        deployment.reason = "agent-lost"
        deployment.notBefore = isOver ? nil : retries[deployment.id]
        Self.record(deployment, at: now, in: &state)
      }
      return .requeued(lost.count, failed: failed)
    }
  }

  func expire(
    _ expirations: [Expiration], epoch: Epoch, now: Instant
  ) async throws(DomainError) -> MoveResult {
    try await perform(.expire) { state in
      guard let shard = state.shard(under: epoch) else { return .fenced }
      var moved: [Deployment] = []
      for expiration in expirations {
        guard var deployment = state.deployments[expiration.deployment],
          expiration.cluster.map({ state.isOn(shard, $0) })
            ?? shard.contains(deployment.organization),
          deployment.attempt == expiration.attempt, !deployment.state.isFinal,
          deployment.state != .running,
          deployment.state.holdsResources == (expiration.cluster != nil)
        else { continue }
        deployment.state = .failed
        deployment.reason = expiration.cause.reason
        Self.record(deployment, at: now, in: &state)
        moved.append(deployment)
      }
      return .moved(moved)
    }
  }

  func preempt(
    _ preemptions: [Preemption], retryAfter: @Sendable (Int) -> Duration, epoch: Epoch,
    now: Instant
  ) async throws(DomainError) -> MoveResult {
    let delay = retryAfter(1)
    return try await perform(.preempt) { state in
      guard let shard = state.shard(under: epoch) else { return .fenced }
      var moved: [Deployment] = []
      for preemption in preemptions where state.isOn(shard, preemption.cluster) {
        guard let preemptor = state.deployments[preemption.deployment],
          preemptor.state == .queued
        else { continue }
        for victim in preemption.victims {
          guard var deployment = state.deployments[victim.deployment],
            deployment.attempt == victim.attempt, deployment.state.holdsResources,
            deployment.placedCluster == preemption.cluster,
            deployment.attempt < deployment.maxAttempts,
            deployment.priority < preemptor.priority
          else { continue }
          deployment.state = .queued
          deployment.reason = "preempted by \(preemptor.id)"
          deployment.notBefore = now + delay
          deployment.requeuedAt = now
          deployment.gpuDevices = []
          Self.record(deployment, at: now, in: &state)
          moved.append(deployment)
        }
      }
      return .moved(moved)
    }
  }

  func lostClusters(
    of shard: Shard, heardBefore deadline: Instant
  ) async throws(DomainError) -> Set<ClusterID> {
    try await perform(.lostClusters) { state in
      Set(
        state.agents.filter { $0.value.seenAt < deadline && state.isOn(shard, $0.key) }.keys)
    }
  }

  func writeReservations(
    _ changes: ReservationChanges, epoch: Epoch
  ) async throws(DomainError) -> Bool {
    try await perform(.writeReservations) { state in
      guard let shard = state.shard(under: epoch) else { return false }
      if changes.isReset {
        state.reservations = state.reservations.filter { !state.isOn(shard, $0.key) }
      }
      for cluster in changes.dropped { state.reservations[cluster] = nil }
      for kept in changes.kept { state.reservations[kept.cluster] = kept }
      return true
    }
  }

  func violations() async throws(DomainError) -> [InvariantViolation] { [] }
}

extension SchedulingWorld: ChangeStore {
  func currentCursor() async throws(DomainError) -> ChangeCursor {
    try await perform(.cursor) { ChangeCursor(transaction: 0, sequence: $0.lastSequence) }
  }

  func changes(
    since cursor: ChangeCursor, limit: Int
  ) async throws(DomainError) -> ChangeBatch {
    try await perform(.changes) { state in
      let events = state.events.filter { $0.sequence > cursor.sequence }
      let page = events.prefix(limit)
      let end =
        events.count > limit ? page.last?.sequence ?? cursor.sequence : state.lastSequence
      return ChangeBatch(
        changes: page.compactMap { event in
          state.deployments[event.deployment].map {
            ChangeBatch.Change(event: event, deployment: $0)
          }
        },
        clusters: state.clusterChanges.filter { $0.sequence > cursor.sequence }
          .compactMap { state.clusters[$0.id] },
        next: ChangeCursor(transaction: 0, sequence: end), isMore: events.count > limit)
    }
  }
}

extension SchedulingWorld: DeploymentStore {
  func insert(
    _ deployment: Deployment, idempotency: IdempotencyKey?
  ) async throws(DomainError) -> Deployment? {
    write(deployment)
    return deployment
  }

  func insert(
    gang members: [Deployment], idempotency: IdempotencyKey?
  ) async throws(DomainError) -> Deployment? {
    for member in members { write(member) }
    return members.first
  }

  func deployment(
    createdWith key: IdempotencyKey, organization: OrganizationID, createdBy: String
  ) async throws(DomainError) -> Deployment? { nil }

  func deployment(
    _ id: DeploymentID, in scope: TenantScope
  ) async throws(DomainError) -> Deployment? {
    try await perform(.find) { state in
      state.deployments[id].flatMap { scope.contains($0.organization) ? $0 : nil }
    }
  }

  /// Pages of two, so that pages are tested.
  func deployments(
    _ filter: DeploymentFilter, in scope: TenantScope, page: PageRequest
  ) async throws(DomainError) -> Page<Deployment> {
    try await perform(.list) { state in
      let all = state.deployments.values
        .filter { scope.contains($0.organization) && filter.states.contains($0.state) }
        .sorted { $0.id > $1.id }
      let start = page.token.flatMap(Int.init) ?? 0
      let end = min(start + 2, all.count)
      return Page(
        elements: start < end ? Array(all[start..<end]) : [],
        next: end < all.count ? "\(end)" : nil)
    }
  }

  func events(
    _ id: DeploymentID, page: PageRequest
  ) async throws(DomainError) -> Page<DeploymentEvent> {
    Page(elements: with { $0.events.filter { $0.deployment == id } }, next: nil)
  }

  func cancel(
    _ id: DeploymentID, in scope: TenantScope, reason: String, now: Instant
  ) async throws(DomainError) -> Deployment? {
    end(id, as: .cancelled)
  }

  func complete(
    _ id: DeploymentID, in scope: TenantScope, reason: String, now: Instant
  ) async throws(DomainError) -> Deployment? {
    end(id, as: .completed)
  }

  @discardableResult
  func end(_ id: DeploymentID, as final: DeploymentState) -> Deployment? {
    guard let deployment = self[id], !deployment.state.isFinal else { return self[id] }
    write(deployment.ended(final))
    return self[id]
  }

  func apply(
    _ report: AgentReport, cluster: ClusterID, now: Instant
  ) async throws(DomainError) -> Deployment? {
    try await perform(.apply) { state in
      guard var deployment = state.deployments[report.deployment],
        deployment.placedCluster == cluster, deployment.attempt == report.attempt,
        deployment.state.holdsResources
      else { return nil }
      switch report.outcome {
      case .starting: deployment.state = .starting
      case .running: deployment.state = .running
      case .completed(let code):
        deployment.state = .completed
        deployment.exitCode = code
      case .failed(let code, let retryAt):
        let isOver = retryAt == nil || deployment.attempt >= deployment.maxAttempts
        deployment.state = isOver ? .failed : .queued
        deployment.notBefore = isOver ? nil : retryAt
        deployment.exitCode = code
      }
      let isNews = state.deployments[report.deployment]!.state.canBecome(deployment.state)
      guard isNews else { return nil }
      deployment.reason = report.reason
      Self.record(deployment, at: now, in: &state)
      return deployment
    }
  }

  func update(
    _ changed: Deployment, from current: Deployment, in scope: TenantScope
  ) async throws(DomainError) -> Deployment? {
    guard self[current.id] == current else { return nil }
    write(changed)
    return self[current.id]
  }

  func holding(cluster: ClusterID) async throws(DomainError) -> [Deployment] {
    try await perform(.holding) { state in
      state.deployments.values
        .filter { $0.placedCluster == cluster && $0.state.holdsResources }
        .sorted { $0.id < $1.id }
    }
  }
}

extension SchedulingWorld: AgentStore {
  func attach(
    cluster: ClusterID, session: Nonce, location: AgentLocation, version: String,
    engine: String, now: Instant
  ) async throws(DomainError) {
    try await perform(.attach) { state in
      state.agents[cluster] = Agent(session: session, location: location, seenAt: now)
      state.lastSequence += 1
      state.clusterChanges.append((state.lastSequence, cluster))
    }
  }

  func location(cluster: ClusterID) async throws(DomainError) -> AgentLocation? {
    try await perform(.location) { $0.agents[cluster]?.location }
  }

  func heartbeat(
    _ sessions: [(cluster: ClusterID, session: Nonce)], now: Instant
  ) async throws(DomainError) -> Set<ClusterID> {
    try await perform(.heartbeat) { state in
      var current: Set<ClusterID> = []
      for (cluster, session) in sessions where state.agents[cluster]?.session == session {
        state.agents[cluster]?.seenAt = now
        current.insert(cluster)
      }
      return current
    }
  }

  func detach(cluster: ClusterID, session: Nonce, now: Instant) async throws(DomainError) {
    try await perform(.detach) { state in
      if state.agents[cluster]?.session == session { state.agents[cluster]?.location = nil }
    }
  }
}
