/// A deployment in the engine.
struct QueuedItem: Sendable {
  enum Phase: Sendable {
    /// The slot is free.
    case none
    /// No cluster can ever hold its demand.
    case impossible
    /// Waits for its time; to `ready`.
    case sleeping
    /// Queued, but another one of its gang stands in the queue for it, or not all are queued.
    case gathered
    /// In its group's queue; to `placing` by a decision.
    case ready
    /// Decided, not yet committed; to `holding` when confirmed, to `sleeping` when refused.
    case placing
    case holding
    /// Decided to end, not yet committed; to `none` by its news, to `sleeping` when refused.
    case expiring
  }

  var id: DeploymentID
  var key: QueueKey
  var pool: Int
  var demand: Demand?
  var progress: DeploymentProgress
  var phase: Phase = .none
  /// Changes with the phase, so that what timers and heaps say of an earlier one is known to be
  /// old.
  var generation: UInt32 = 0
  /// Since when it has had a claim to be placed.
  var waitingSince: Instant
  var notBefore: Instant?
  /// Index into the engine's groups, while it is in the queue.
  var group = -1
  var target: ClusterID?
  var gpuModels: [String]
  /// Not yet looked at since it came into the queue.
  var isFresh = false
  var isOverdue = false
  /// No cluster of today could hold it.
  var isHopeless = false
  /// `key` is the one of its gang's head; `SchedulingEngine.gangs` knows the others by its id.
  var isInGang = false
  /// The cluster that keeps room for it; -1: none.
  var reservedOn = -1
  /// Where it holds; -1: a cluster that the engine has not heard of.
  var cluster = -1
  var clusterID: ClusterID?
  var devices: [Int] = []
  /// The reservation that it was placed behind; 0: none.
  var backfillOf: UInt64 = 0
  // Time limits.
  /// When its time-to-live in the queue is over, if it is queued.
  var queueEndsAt: Instant?
  /// When it must be running; nil: it has been, or no matter.
  var startBy: Instant?
  var isRunning = false
  /// Tells its timer from earlier ones.
  var timerStamp: UInt32 = 0
  var isExpiring = false
  // Preemption.
  var preempts = false
  var maxAttempts = 0
  /// How long an attempt cannot be preempted.
  var protection = Duration.zero
  /// Since when it has its place; nil: there was no news of it yet.
  var heldSince: Instant?
  /// Decided, perhaps not yet committed.
  var isPreempted = false
  /// In its pool's preemptors.
  var isPreemptor = false
  /// The attempt for which it has preempted.
  var preemptedFor: Int?
  /// When the deployment was as it is here.
  var updatedAt = Instant(microseconds: .min)
}
