/// What the leading scheduler reads and writes. PostgreSQL decides who may: every write carries the
/// epoch of its term and does nothing under another one.
package protocol SchedulerStore: Sendable {
  /// Begins a term of the shard: raises its epoch, so that no earlier term of it can write any
  /// more. Used by the holder of the lock. `lease` is how long the term may go on without a renewal
  /// before others may take over with `takeOverExpired`. Nil: the number of shards is another one.
  func beginTerm(
    _ shard: Shard, replica: ReplicaID, lease: Duration
  ) async throws(DomainError) -> Epoch?
  /// Begins a term only if the last one was not renewed in time, by PostgreSQL's clock: how a
  /// leader is found while Redis is away. Nil: somebody leads, or the shard is not one.
  func takeOverExpired(
    _ shard: Shard, replica: ReplicaID, lease: Duration
  ) async throws(DomainError) -> Epoch?
  /// Renews the term; false: it has ended.
  func renewTerm(_ epoch: Epoch, lease: Duration) async throws(DomainError) -> Bool
  /// Ends the term early, so that another replica need not wait.
  func endTerm(_ epoch: Epoch) async throws(DomainError)
  /// Who leads each shard, for people; by shard.
  func terms() async throws(DomainError) -> [TermStatus]
  /// Every cluster of the shard.
  func loadClusters(of shard: Shard) async throws(DomainError) -> [Cluster]
  /// The quotas of organizations that have one.
  func loadQuotas() async throws(DomainError) -> [OrganizationQuota]
  /// Up to `limit` deployments that are queued or hold resources, behind `position` (nil: from the
  /// first on), in an order that no change of a deployment moves. Of each what scheduling needs:
  /// name, image, command, environment, creator and reason are empty. Pages are not of one moment:
  /// who loads them listens to the feed from before the first page on.
  func loadDeployments(
    of part: QueuePart, after position: Deployment?, limit: Int
  ) async throws(DomainError) -> [Deployment]
  /// Places in one transaction under the fence. Each placement is checked against the database: one
  /// that no longer fits or whose deployment is not queued any more is left out, with all of its
  /// gang; those placed are named in the result.
  func place(
    _ placements: [Placement], epoch: Epoch, now: Instant
  ) async throws(DomainError) -> PlacementResult
  /// Sends deployments that hold resources on clusters of the term's shard whose agent was last
  /// heard of before `deadline` back to the queue (or to `failed` when no attempt is left), under
  /// the fence.
  func requeueLost(
    heardBefore deadline: Instant, retryAfter: @Sendable (Int) -> Duration, epoch: Epoch,
    now: Instant
  ) async throws(DomainError) -> LostResult
  /// Ends as `failed` those of the deployments whose time is up by PostgreSQL's books too, and
  /// frees what they hold, under the fence.
  func expire(
    _ expirations: [Expiration], epoch: Epoch, now: Instant
  ) async throws(DomainError) -> MoveResult
  /// Sends the victims back to the queue, under the fence: those that still hold on that cluster in
  /// that attempt, have another one left, and whose preemptor is queued, may preempt and has a
  /// higher priority.
  func preempt(
    _ preemptions: [Preemption], retryAfter: @Sendable (Int) -> Duration, epoch: Epoch,
    now: Instant
  ) async throws(DomainError) -> MoveResult
  /// Clusters of the shard that had an agent once and whose agent was last heard of before
  /// `deadline`: nothing is placed there until it comes back.
  func lostClusters(
    of shard: Shard, heardBefore deadline: Instant
  ) async throws(DomainError) -> Set<ClusterID>
  /// Tells which clusters keep room, and for whom, so that every replica can explain it; under the
  /// fence. False: another term has begun.
  func writeReservations(
    _ changes: ReservationChanges, epoch: Epoch
  ) async throws(DomainError) -> Bool
  /// Whether the invariants hold: one element a violation.
  func violations() async throws(DomainError) -> [InvariantViolation]
  /// Says that the replica is there to lead, for so long, and asks who else is.
  func checkIn(
    replica: ReplicaID, livesFor life: Duration
  ) async throws(DomainError) -> SchedulerRoster
  /// Says that it is not there any more.
  func checkOut(replica: ReplicaID) async throws(DomainError)
  /// Makes it so many shards, and ends every term if that is another number; with `onlyAtFirst` it
  /// does nothing once a term has begun. The number there is then, from 1 to
  /// `SchedulingLimits.shards`.
  func setShards(_ count: Int, onlyAtFirst: Bool) async throws(DomainError) -> Int
}

extension SchedulerStore {
  /// Divides scheduling into so many shards, whatever it was until now. The number there is then.
  package func divide(into shards: Int) async throws(DomainError) -> Int {
    guard (1...SchedulingLimits.shards).contains(shards) else {
      throw .invalid([Violation("shards", "must be 1 to \(SchedulingLimits.shards)")])
    }
    return try await setShards(shards, onlyAtFirst: false)
  }
}

/// The number of a scheduler's term: the fencing token. Terms of all shards are numbered in one
/// sequence, so an epoch says of which shard it is.
package struct Epoch: Hashable, Comparable, Sendable {
  package let value: Int64
  package init(_ value: Int64) { self.value = value }
  package static func < (a: Epoch, b: Epoch) -> Bool { a.value < b.value }
}

/// Who leads a shard, and what there is in it: what waits is of the shard of its organization, what
/// holds of that of its cluster.
package struct TermStatus: Sendable, Equatable {
  package var shard: Shard
  package var leader: ReplicaID?
  package var epoch: Epoch
  package var queued: Int
  package var holding: Int
  package var oldestQueuedAt: Instant?

  package init(
    shard: Shard = .whole, leader: ReplicaID?, epoch: Epoch, queued: Int, holding: Int,
    oldestQueuedAt: Instant?
  ) {
    self.shard = shard
    self.leader = leader
    self.epoch = epoch
    self.queued = queued
    self.holding = holding
    self.oldestQueuedAt = oldestQueuedAt
  }
}

/// A decision to place one deployment.
package struct Placement: Sendable, Equatable {
  package let deployment: DeploymentID
  /// The attempt it begins: one more than the deployment has.
  package let attempt: Int
  package let cluster: ClusterID
  /// Ascending; one for a share.
  package let gpuDevices: [Int]

  package init(deployment: DeploymentID, attempt: Int, cluster: ClusterID, gpuDevices: [Int]) {
    self.deployment = deployment
    self.attempt = attempt
    self.cluster = cluster
    self.gpuDevices = gpuDevices
  }
}

package enum PlacementResult: Sendable, Equatable {
  /// Another term has begun: step down.
  case fenced
  /// Those placed; the others no longer fitted or were no longer queued.
  case placed(Set<DeploymentID>)
}

package enum LostResult: Sendable, Equatable {
  case fenced
  /// How many went back or failed, and how many of these failed.
  case requeued(Int, failed: Int = 0)
}

package enum MoveResult: Sendable, Equatable {
  /// Another term has begun: step down.
  case fenced
  /// Those that moved, as they are now; the others are not any more what was decided about.
  case moved([Deployment])
}

package struct InvariantViolation: Sendable, Equatable {
  /// "I1" to "I8".
  package let invariant: String
  /// What it is about: "cluster ID", "deployment ID".
  package let subject: String
  package let detail: String

  package init(invariant: String, subject: String, detail: String) {
    self.invariant = invariant
    self.subject = subject
    self.detail = detail
  }
}
