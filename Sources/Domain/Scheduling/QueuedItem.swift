/// A deployment in the engine.
struct QueuedItem: Sendable {
  enum Phase: Sendable {
    /// The slot is free.
    case none
    /// No cluster can ever hold its demand.
    case impossible
    /// Waits for its time; to `ready`.
    case sleeping
    /// In its group's queue; to `placing` by a decision.
    case ready
    /// Decided, not yet committed; to `holding` when confirmed, to `sleeping` when refused.
    case placing
    case holding
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
  /// The cluster that keeps room for it; -1: none.
  var reservedOn = -1
  /// Where it holds; -1: a cluster that the engine has not heard of.
  var cluster = -1
  var clusterID: ClusterID?
  var devices: [Int] = []
  /// The reservation that it was placed behind; 0: none.
  var backfillOf: UInt64 = 0
}
