package import Domain

/// What the leading scheduler reads and writes, fenced by its term's epoch.
package struct PostgresSchedulerStore: SchedulerStore {
  let database: PostgresDatabase

  // MARK: Terms

  package func beginTerm(
    _ shard: Shard, replica: ReplicaID, lease: Duration
  ) async throws(DomainError) -> Epoch? {
    try await begin(.beginTerm, shard, replica, lease)
  }

  package func takeOverExpired(
    _ shard: Shard, replica: ReplicaID, lease: Duration
  ) async throws(DomainError) -> Epoch? {
    try await begin(.takeOverExpired, shard, replica, lease)
  }

  private func begin(
    _ statement: Statement, _ shard: Shard, _ replica: ReplicaID, _ lease: Duration
  ) async throws(DomainError) -> Epoch? {
    let result = try await database.write(
      statement,
      Parameters {
        $0.add(replica)
        $0.add(lease.microseconds)
        $0.add(shard)
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

  package func terms() async throws(DomainError) -> [TermStatus] {
    try await database.read(.terms, .none).map { row throws(DomainError) in
      let (index, count) = (try row.int(), try row.int())
      let leader: ReplicaID? = try row.idOrNull()
      return TermStatus(
        shard: Shard(index, of: count), leader: leader, epoch: Epoch(try row.int64()),
        queued: Int(try row.int64()), holding: Int(try row.int64()),
        oldestQueuedAt: try row.instantOrNull())
    }
  }

  package func setShards(
    _ count: Int, onlyAtFirst: Bool
  ) async throws(DomainError) -> Int {
    let results = try await database.transaction([
      (.lockFirstLease, .none),
      (.lockLeases, .none),
      (
        .setShards,
        Parameters {
          $0.add(Int32(clamping: count))
          $0.add(onlyAtFirst)
        }
      ),
    ])
    let shards = try results[2].first { row throws(DomainError) in try row.int() }
    guard let shards else { throw .internal("the rows of scheduler_epoch are missing") }
    return shards
  }

  package func checkIn(
    replica: ReplicaID, livesFor life: Duration
  ) async throws(DomainError) -> SchedulerRoster {
    let result = try await database.write(
      .checkIn,
      Parameters {
        $0.add(replica)
        $0.add(life.microseconds)
        $0.add((life * SchedulingLimits.forgottenAfterLeases).microseconds)
      })
    let roster = try result.first { row throws(DomainError) in
      SchedulerRoster(
        shards: try row.int(), replicas: try row.int() + 1, rank: try row.int(),
        abandoned: Set(try row.ints()))
    }
    guard let roster, (1...SchedulingLimits.shards).contains(roster.shards) else {
      throw .internal("the rows of scheduler_epoch are missing, or too many")
    }
    return roster
  }

  package func checkOut(replica: ReplicaID) async throws(DomainError) {
    _ = try await database.write(.checkOut, Parameters { $0.add(replica) })
  }

  // MARK: Scheduling

  package func loadClusters(of shard: Shard) async throws(DomainError) -> [Cluster] {
    try await database.read(.loadClusters, Parameters { $0.add(shard) }).map(Cluster.init(row:))
  }

  package func loadQuotas() async throws(DomainError) -> [OrganizationQuota] {
    try await database.read(.loadQuotas, .none).map(OrganizationQuota.init(row:))
  }

  package func loadDeployments(
    of part: QueuePart, after position: Deployment?, limit: Int
  ) async throws(DomainError) -> [Deployment] {
    let (shard, organizations): (Shard?, [OrganizationID]) =
      switch part {
      case .shard(let shard, let guests): (shard, guests)
      case .organizations(let organizations): (nil, organizations)
      }
    let isAll = shard?.isWhole ?? false
    let result = try await database.read(
      isAll ? .loadDeployments : .loadDeploymentsOfPart,
      Parameters {
        $0.add(position?.organization ?? OrganizationID(0))
        $0.add(position?.createdAt ?? Instant(microseconds: 0))
        $0.add(position?.id ?? DeploymentID(0))
        $0.add(Int32(clamping: limit))
        guard !isAll else { return }
        $0.add(organizations.map(\.value))
        $0.add(Int32(shard?.index ?? -1))
        $0.add(Int32(shard?.count ?? 1))
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
      guard let id: DeploymentID = try row.idOrNull() else { return }
      placed.insert(id)
      // Kept for traces that somebody follows alone.
      guard let tracer = database.tracer, let trace = try row.textOrNull(),
        let placement = placements.first(where: { $0.deployment == id })
      else { return }
      tracer.placed(
        id, attempt: placement.attempt, on: placement.cluster, traceparent: trace, begin: now)
    }
    return isFenced ? .fenced : .placed(placed)
  }

  package func requeueLost(
    heardBefore deadline: Instant, retryAfter: @Sendable (Int) -> Duration, epoch: Epoch,
    now: Instant
  ) async throws(DomainError) -> LostResult {
    let fence = Transition.Fence(epoch: epoch, heardBefore: deadline)
    var (requeued, failed) = (0, 0)
    while true {
      let lost = try await lost(
        heardBefore: deadline, retryAfter: retryAfter, epoch: epoch, now: now)
      let call = Transition.call(lost, fence: fence)
      let result = try await database.write(call.statement, call.parameters)
      let (fences, outcomes) = try TransitionOutcome.decodeFenced(result, count: lost.count)
      if fences == 0 { return .fenced }
      var moved = 0
      for case .done(let deployment?) in outcomes {
        moved += 1
        if deployment.state == .failed { failed += 1 }
      }
      requeued += moved
      // What another transition is moving at the same time is found again when it is asked for
      // next.
      if lost.count < Limits.lostPerStatement || moved == 0 {
        return .requeued(requeued, failed: failed)
      }
    }
  }

  private func lost(
    heardBefore deadline: Instant, retryAfter: @Sendable (Int) -> Duration, epoch: Epoch,
    now: Instant
  ) async throws(DomainError) -> [Transition] {
    let result = try await database.read(
      .lostDeployments,
      Parameters {
        $0.add(deadline)
        $0.add(Int32(Limits.lostPerStatement))
        $0.add(epoch.value)
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
    of shard: Shard, heardBefore deadline: Instant
  ) async throws(DomainError) -> Set<ClusterID> {
    let result = try await database.read(
      .lostClusters,
      Parameters {
        $0.add(deadline)
        $0.add(shard)
      })
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
