import Domain

/// The scheduler's store with failpoints around what decides and what writes.
struct FaultySchedulerStore: SchedulerStore {
  let store: any SchedulerStore
  let points: Failpoints
  /// Whether every renewal is said to have succeeded, without asking.
  let believes: Bool

  func beginTerm(
    _ shard: Shard, replica: ReplicaID, lease: Duration
  ) async throws(DomainError) -> Epoch? {
    try await points.around(.beginBefore, .beginAfter) { () async throws(DomainError) in
      try await store.beginTerm(shard, replica: replica, lease: lease)
    }
  }

  func takeOverExpired(
    _ shard: Shard, replica: ReplicaID, lease: Duration
  ) async throws(DomainError) -> Epoch? {
    try await points.around(.takeOverBefore, .takeOverAfter) { () async throws(DomainError) in
      try await store.takeOverExpired(shard, replica: replica, lease: lease)
    }
  }

  func renewTerm(_ epoch: Epoch, lease: Duration) async throws(DomainError) -> Bool {
    if believes { return true }
    return try await points.around(.renewTermBefore, .renewTermAfter) {
      () async throws(DomainError) in
      try await store.renewTerm(epoch, lease: lease)
    }
  }

  func endTerm(_ epoch: Epoch) async throws(DomainError) {
    try await points.around(.endBefore, .endAfter) { () async throws(DomainError) in
      try await store.endTerm(epoch)
    }
  }

  func loadQuotas() async throws(DomainError) -> [OrganizationQuota] {
    try await store.loadQuotas()
  }

  func loadClusters(of shard: Shard) async throws(DomainError) -> [Cluster] {
    try await store.loadClusters(of: shard)
  }

  func loadDeployments(
    of part: QueuePart, after position: Deployment?, limit: Int
  ) async throws(DomainError) -> [Deployment] {
    try await points.around(.loadBefore, .loadAfter) { () async throws(DomainError) in
      try await store.loadDeployments(of: part, after: position, limit: limit)
    }
  }

  func place(
    _ placements: [Placement], epoch: Epoch, now: Instant
  ) async throws(DomainError) -> PlacementResult {
    try await points.around(.placeBefore, .placeAfter) { () async throws(DomainError) in
      try await store.place(placements, epoch: epoch, now: now)
    }
  }

  func requeueLost(
    heardBefore deadline: Instant, retryAfter: @Sendable (Int) -> Duration, epoch: Epoch,
    now: Instant
  ) async throws(DomainError) -> LostResult {
    try await points.around(.lostBefore, .lostAfter) { () async throws(DomainError) in
      try await store.requeueLost(
        heardBefore: deadline, retryAfter: retryAfter, epoch: epoch, now: now)
    }
  }

  func expire(
    _ expirations: [Expiration], epoch: Epoch, now: Instant
  ) async throws(DomainError) -> MoveResult {
    try await points.around(.expireBefore, .expireAfter) { () async throws(DomainError) in
      try await store.expire(expirations, epoch: epoch, now: now)
    }
  }

  func preempt(
    _ preemptions: [Preemption], retryAfter: @Sendable (Int) -> Duration, epoch: Epoch,
    now: Instant
  ) async throws(DomainError) -> MoveResult {
    try await points.around(.preemptBefore, .preemptAfter) { () async throws(DomainError) in
      try await store.preempt(preemptions, retryAfter: retryAfter, epoch: epoch, now: now)
    }
  }

  func terms() async throws(DomainError) -> [TermStatus] { try await store.terms() }

  func lostClusters(
    of shard: Shard, heardBefore deadline: Instant
  ) async throws(DomainError) -> Set<ClusterID> {
    try await store.lostClusters(of: shard, heardBefore: deadline)
  }

  func writeReservations(
    _ changes: ReservationChanges, epoch: Epoch
  ) async throws(DomainError) -> Bool {
    try await store.writeReservations(changes, epoch: epoch)
  }

  func violations() async throws(DomainError) -> [InvariantViolation] {
    try await store.violations()
  }

  /// Who believes that it leads believes that it is alone: it leads every shard.
  func checkIn(
    replica: ReplicaID, livesFor life: Duration
  ) async throws(DomainError) -> SchedulerRoster {
    var roster = try await store.checkIn(replica: replica, livesFor: life)
    if believes { (roster.replicas, roster.rank) = (1, 0) }
    return roster
  }

  func checkOut(replica: ReplicaID) async throws(DomainError) {
    try await store.checkOut(replica: replica)
  }

  func setShards(_ count: Int, onlyAtFirst: Bool) async throws(DomainError) -> Int {
    try await store.setShards(count, onlyAtFirst: onlyAtFirst)
  }
}
