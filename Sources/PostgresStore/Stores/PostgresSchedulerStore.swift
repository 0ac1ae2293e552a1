package import Domain

/// What the leading scheduler reads and writes, fenced by its term's epoch.
package struct PostgresSchedulerStore: SchedulerStore {
  let database: PostgresDatabase

  // MARK: Terms

  package func beginTerm(
    replica: ReplicaID, lease: Duration
  ) async throws(DomainError) -> Epoch {
    guard let epoch = try await begin(.beginTerm, replica, lease) else {
      throw .internal("the row of scheduler_epoch is missing")
    }
    return epoch
  }

  package func takeOverExpired(
    replica: ReplicaID, lease: Duration
  ) async throws(DomainError) -> Epoch? {
    try await begin(.takeOverExpired, replica, lease)
  }

  private func begin(
    _ statement: Statement, _ replica: ReplicaID, _ lease: Duration
  ) async throws(DomainError) -> Epoch? {
    let result = try await database.write(
      statement,
      Parameters {
        $0.add(replica)
        $0.add(lease.microseconds)
      })
    return try result.first { row throws(DomainError) in Epoch(try row.int64()) }
  }

  package func renewTerm(_ epoch: Epoch, lease: Duration) async throws(DomainError) -> Bool {
    try await database.write(
      .renewTerm,
      Parameters {
        $0.add(epoch.value)
        $0.add(lease.microseconds)
      }
    ).changedCount == 1
  }

  package func endTerm(_ epoch: Epoch) async throws(DomainError) {
    _ = try await database.write(.endTerm, Parameters { $0.add(epoch.value) })
  }

  package func term() async throws(DomainError) -> TermStatus {
    let status = try await database.read(.term, .none).first {
      row throws(DomainError) -> TermStatus in
      let leader: ReplicaID? = try row.idOrNull()
      return TermStatus(
        leader: leader, epoch: Epoch(try row.int64()), queued: Int(try row.int64()),
        holding: Int(try row.int64()), oldestQueuedAt: try row.instantOrNull())
    }
    guard let status else { throw .internal("the row of scheduler_epoch is missing") }
    return status
  }

  // MARK: Scheduling

  package func loadClusters() async throws(DomainError) -> [Cluster] {
    try await database.read(.loadClusters, .none).map(Cluster.init(row:))
  }

  package func loadQuotas() async throws(DomainError) -> [OrganizationQuota] {
    try await database.read(.loadQuotas, .none).map(OrganizationQuota.init(row:))
  }

  package func loadDeployments(
    after position: Deployment?, limit: Int
  ) async throws(DomainError) -> [Deployment] {
    let result = try await database.read(
      .loadDeployments,
      Parameters {
        $0.add(position?.organization ?? OrganizationID(0))
        $0.add(position?.createdAt ?? Instant(microseconds: 0))
        $0.add(position?.id ?? DeploymentID(0))
        $0.add(Int32(clamping: limit))
      })
    return try result.map(Deployment.init(row:))
  }

  package func place(
    _ placements: [Placement], epoch: Epoch, now: Instant
  ) async throws(DomainError) -> PlacementResult {
    let result = try await database.write(
      .place,
      Parameters {
        $0.add(epoch.value)
        $0.add(placements.map(\.deployment.value))
        $0.add(placements.map { Int32(clamping: $0.attempt) })
        $0.add(placements.map(\.cluster.value))
        $0.add(placements.map { TextArray.literal($0.gpuDevices) })
        $0.add(now)
      })
    var isFenced = true
    var placed: Set<DeploymentID> = []
    _ = try result.map { row throws(DomainError) in
      if try row.int() > 0 { isFenced = false }
      if let id: DeploymentID = try row.idOrNull() { placed.insert(id) }
    }
    return isFenced ? .fenced : .placed(placed)
  }

  package func requeueLost(
    heardBefore deadline: Instant, retryAfter: @Sendable (Int) -> Duration, epoch: Epoch,
    now: Instant
  ) async throws(DomainError) -> LostResult {
    let fence = Transition.Fence(epoch: epoch, heardBefore: deadline)
    var requeued = 0
    while true {
      let lost = try await lost(heardBefore: deadline, retryAfter: retryAfter, now: now)
      let call = Transition.call(lost, fence: fence)
      let result = try await database.write(call.statement, call.parameters)
      let (fences, outcomes) = try TransitionOutcome.decodeFenced(result, count: lost.count)
      if fences == 0 { return .fenced }
      var moved = 0
      for case .done(.some) in outcomes { moved += 1 }
      requeued += moved
      // What another transition is moving at the same time is found again when it is asked for
      // next.
      if lost.count < Limits.lostPerStatement || moved == 0 { return .requeued(requeued) }
    }
  }

  private func lost(
    heardBefore deadline: Instant, retryAfter: @Sendable (Int) -> Duration, now: Instant
  ) async throws(DomainError) -> [Transition] {
    let result = try await database.read(
      .lostDeployments,
      Parameters {
        $0.add(deadline)
        $0.add(Int32(Limits.lostPerStatement))
      })
    return try result.map { row throws(DomainError) in
      let id: DeploymentID = try row.id()
      let attempt = try row.int()
      return Transition(
        lost: id, attempt: attempt, cluster: try row.id(), retryAt: now + retryAfter(attempt),
        now: now)
    }
  }

  package func expire(
    _ expirations: [Expiration], epoch: Epoch, now: Instant
  ) async throws(DomainError) -> MoveResult {
    try await move(expirations.map { Transition($0, now: now) }, epoch: epoch)
  }

  package func preempt(
    _ preemptions: [Preemption], retryAfter: @Sendable (Int) -> Duration, epoch: Epoch,
    now: Instant
  ) async throws(DomainError) -> MoveResult {
    let victims = preemptions.flatMap { preemption in
      // In the order in which they were taken: what is borrowed still is judged by that.
      preemption.victims.reversed().map {
        Transition($0, of: preemption, retryAt: now + retryAfter($0.attempt), now: now)
      }
    }
    return try await move(victims, epoch: epoch)
  }

  private func move(
    _ transitions: [Transition], epoch: Epoch
  ) async throws(DomainError) -> MoveResult {
    let call = Transition.call(transitions, fence: Transition.Fence(epoch: epoch))
    let result = try await database.write(call.statement, call.parameters)
    return try TransitionOutcome.decodeMoves(result)
  }

  package func lostClusters(
    heardBefore deadline: Instant
  ) async throws(DomainError) -> Set<ClusterID> {
    let result = try await database.read(.lostClusters, Parameters { $0.add(deadline) })
    return Set(try result.map { row throws(DomainError) in try row.id() })
  }

  package func writeReservations(
    _ changes: ReservationChanges, epoch: Epoch
  ) async throws(DomainError) -> Bool {
    let result = try await database.write(
      .reservations,
      Parameters {
        $0.add(epoch.value)
        $0.add(changes.isReset)
        $0.add(changes.dropped.map(\.value))
        $0.add(changes.kept.map(\.cluster.value))
        $0.add(changes.kept.map(\.deployment.value))
        $0.add(changes.kept.map { TextArray.literal($0.gpuDevices) })
        $0.add(changes.kept.map(\.backfilledCPU.value))
        $0.add(changes.kept.map(\.backfilledMemory.value))
        $0.add(each: changes.kept) { $0.isClaim }
        $0.add(changes.kept.map { Int32(clamping: $0.replicas) })
      })
    return try result.first { row throws(DomainError) in try row.int() > 0 } ?? false
  }

  package func violations() async throws(DomainError) -> [InvariantViolation] {
    try await database.snapshot([(.violations, .none)])[0].map { row throws(DomainError) in
      InvariantViolation(
        invariant: try row.text(), subject: try row.text(), detail: try row.text())
    }
  }
}

extension Statement {
  /// The lease's row is locked first, here and in `takeOverExpired`, so that the two cannot wait
  /// for each other; the update of the epoch waits for the transactions that hold the fence.
  fileprivate static let beginTerm = Statement("begin_term", begin(where: "true"))

  fileprivate static let takeOverExpired = Statement(
    "take_over_expired", begin(where: "expires_at <= clock_timestamp()"))

  private static func begin(where condition: String) -> String {
    """
    WITH free AS MATERIALIZED (
      SELECT singleton FROM scheduler_lease WHERE \(condition) FOR UPDATE
    ), begun AS (
      UPDATE scheduler_epoch e SET epoch = e.epoch + 1, leader = $1, began_at = clock_timestamp()
      FROM free f WHERE e.singleton = f.singleton RETURNING e.epoch
    ), leased AS (
      UPDATE scheduler_lease l
      SET epoch = b.epoch, expires_at = clock_timestamp() + $2::bigint * interval '1 microsecond'
      FROM begun b
    )
    SELECT epoch FROM begun
    """
  }

  fileprivate static let renewTerm = Statement(
    "renew_term",
    """
    UPDATE scheduler_lease
    SET expires_at = clock_timestamp() + $2::bigint * interval '1 microsecond' WHERE epoch = $1
    """)

  fileprivate static let endTerm = Statement(
    "end_term", "UPDATE scheduler_lease SET expires_at = '-infinity' WHERE epoch = $1")

  fileprivate static let term = Statement(
    "term",
    """
    SELECT CASE WHEN l.expires_at > clock_timestamp() THEN e.leader END, e.epoch,
      (SELECT count(*) FROM deployments WHERE state = 'queued'),
      (SELECT count(*) FROM deployments WHERE state IN ('scheduled', 'starting', 'running')),
      (SELECT min(created_at) FROM deployments WHERE state = 'queued')
    FROM scheduler_epoch e CROSS JOIN scheduler_lease l
    """)

  fileprivate static let loadClusters = Statement(
    "load_clusters", "SELECT \(Cluster.columns) FROM \(Cluster.source) ORDER BY c.id")

  /// In the order of the index deployments_active.
  fileprivate static let loadDeployments = Statement(
    "load_deployments",
    """
    SELECT \(Deployment.schedulingColumns) FROM deployments d
    WHERE d.state IN ('queued', 'scheduled', 'starting', 'running')
      AND (d.organization_id, d.created_at, d.id) > ($1::uuid, $2::timestamptz, $3::uuid)
    ORDER BY d.organization_id, d.created_at, d.id LIMIT $4::int
    """)

  fileprivate static let reservations = Statement("reservations", EmbeddedSQL.reservations)

  fileprivate static let loadQuotas = Statement(
    "load_quotas", "SELECT \(OrganizationQuota.columns) FROM organization_quotas q")

  fileprivate static let place = Statement("place", EmbeddedSQL.place)

  /// A deployment that was placed after its agent was last heard of has as long as the agent had.
  fileprivate static let lostDeployments = Statement(
    "lost_deployments",
    """
    SELECT d.id, d.attempt, d.placed_cluster
    FROM agent_sessions s JOIN deployments d ON d.placed_cluster = s.cluster_id
    WHERE s.seen_at < $1::timestamptz AND d.scheduled_at < $1::timestamptz
      AND d.state IN ('scheduled', 'starting', 'running')
    ORDER BY d.placed_cluster, d.id LIMIT $2::int
    """)

  fileprivate static let lostClusters = Statement(
    "lost_clusters", "SELECT cluster_id FROM agent_sessions WHERE seen_at < $1::timestamptz")

  fileprivate static let violations = Statement("violations", EmbeddedSQL.violations)
}
