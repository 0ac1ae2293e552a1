import HeapModule

/// One organization's clusters and queue. A cluster that is shared has a book in the pool of each
/// organization that may run there.
struct SchedulingPool: Sendable {
  let organization: OrganizationID
  /// The engine's indexes of its books.
  var clusters: [Int] = []
  var placement: PoolPlacement
  /// Groups of the queue whose deployments name no cluster.
  var openGroups: [Int] = []
  var groupsByTarget: [ClusterID: [Int]] = [:]
  /// Came into the queue and were not yet looked at.
  var fresh = Heap<FreshEntry>()
  /// Clusters with new room that the queue was not yet held against.
  var grown: [Int] = []
  /// Those that it is being held against, and for each the next deployment that may fit there.
  var roomy: [Int: RoomyClusters] = [:]
  var candidates = Heap<CandidateEntry>()
  var lastRoomy = 0
  /// Demands found not to fit anywhere, with the first in the queue for which that was found.
  /// Forgotten when room grows.
  var misses: [MissKey: QueueKey] = [:]
  var isActive = false
  // What its deployments hold, for fairness.
  var heldCPU: Int64 = 0
  /// Of many clusters more than 64 bits hold.
  var heldMemory: Int128 = 0
  var heldMilliGPU: Int64 = 0
  /// Of all organizations, how much goes to this one before others get any.
  var weight = 1.0
  /// What it may hold on all clusters together; nil: anything.
  var ceiling: Amounts?
  /// Since room was last looked for, the ceiling has kept something from where it would fit.
  var isHeldBack = false
  /// Its books of clusters on which it may reclaim what it is guaranteed.
  var reclaiming: Set<Int> = []
  /// The most of each dimension that it is guaranteed on one of those; nil: there are none.
  var mostReclaimed: Amounts?
  // Deployments that waited too long and have no reservation: roots of the engine's overdue forest.
  var overdueOpen = QueueForest.noSlot
  var overdueByTarget: [ClusterID: QueueForest.Slot] = [:]
  var hopeless: Set<QueueForest.Slot> = []
  var openReservations = 0
  /// The gang that room is kept for.
  var reservedGang: DeploymentID?
  var wantsReservations = false
  /// Those that may preempt and fitted nowhere: the root in the engine's forest of them.
  var preemptors = QueueForest.noSlot
  var wantsPreemption = false
  /// When they are looked at again.
  var preemptsAt: Instant?

  init(organization: OrganizationID, policy: PlacementPolicy) {
    self.organization = organization
    placement = PoolPlacement(policy: policy)
  }

  /// What it may still hold on all clusters together.
  var left: Amounts? {
    ceiling.map { most in
      Amounts(
        cpu: most.cpu - heldCPU, memory: Int64(clamping: Int128(most.memory) - heldMemory),
        milliGPU: most.milliGPU - heldMilliGPU)
    }
  }

  var hasOverdue: Bool { overdueOpen != QueueForest.noSlot || !overdueByTarget.isEmpty }

  /// Whether somebody in the queue may fit somewhere.
  var hasCandidates: Bool { !fresh.isEmpty || !candidates.isEmpty || !grown.isEmpty }

  var hasWork: Bool { hasCandidates || wantsReservations || wantsPreemption }
}

struct FreshEntry: Comparable, Sendable {
  let key: QueueKey
  let slot: QueueForest.Slot
  let generation: UInt32

  static func < (a: Self, b: Self) -> Bool { a.key < b.key }
  static func == (a: Self, b: Self) -> Bool { a.key == b.key }
}

/// The next deployment that may fit on some clusters.
struct CandidateEntry: Comparable, Sendable {
  let key: QueueKey
  let slot: QueueForest.Slot
  let generation: UInt32
  /// The key into `Pool.roomy`.
  let roomy: Int

  static func < (a: Self, b: Self) -> Bool {
    a.key != b.key ? a.key < b.key : a.roomy < b.roomy
  }
  static func == (a: Self, b: Self) -> Bool { a.key == b.key && a.roomy == b.roomy }
}

/// Clusters of one GPU model with new room, held against the queue together: in the order of the
/// queue, by the most that any of them has in each dimension. So what is found may fit none of
/// them; then they are parted.
struct RoomyClusters: Sendable {
  /// Each with its `growth` of then: one that grew since is held against the queue anew, by itself.
  var members: [(index: Int, growth: UInt64)]
  /// Nobody up to here fits on any of them.
  var after: QueueKey?
  /// Found in a row that fitted none.
  var misses = 0
}

struct MissKey: Hashable, Sendable {
  let group: Int
  let demand: Demand
}

struct TimerEntry: Comparable, Sendable {
  let at: Instant
  let slot: QueueForest.Slot
  let generation: UInt32

  static func < (a: Self, b: Self) -> Bool { (a.at, a.slot) < (b.at, b.slot) }
  static func == (a: Self, b: Self) -> Bool { a.at == b.at && a.slot == b.slot }
}

/// Deployments that the same clusters may take and whose demands compare: one queue.
struct QueueGroup: Sendable {
  struct Key: Hashable, Sendable {
    let pool: Int
    /// Nil: any cluster of the pool.
    let target: ClusterID?
    /// Sorted; empty: any model.
    let gpuModels: [String]
    let kind: Demand.Kind
  }

  let key: Key
  /// The numbers of `key.gpuModels` in the engine's table.
  let modelNumbers: [Int]
  var root = QueueForest.noSlot

  func accepts(_ modelNumber: Int) -> Bool {
    modelNumbers.isEmpty || modelNumbers.contains(modelNumber)
  }
}
