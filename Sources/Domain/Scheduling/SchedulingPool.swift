import HeapModule

/// One organization's clusters and queue. Deployments run on clusters of their own organization, so
/// pools do not compete for room; only the order of decisions joins them.
struct SchedulingPool: Sendable {
  let organization: OrganizationID
  var clusters: [Int] = []
  /// Groups of the queue whose deployments name no cluster.
  var openGroups: [Int] = []
  var groupsByTarget: [ClusterID: [Int]] = [:]
  /// Came into the queue and were not yet looked at.
  var fresh = Heap<FreshEntry>()
  /// Dirty clusters by the first deployment that fits there.
  var candidates = Heap<CandidateEntry>()
  /// Dirty clusters whose candidate is not known.
  var unexamined: [Int] = []
  /// Demands found not to fit anywhere, with the first in the queue for which that was found.
  /// Forgotten when room grows.
  var misses: [MissKey: QueueKey] = [:]
  var isActive = false
  // What its deployments hold, for fairness.
  var heldCPU: Int64 = 0
  var heldMemory: Int64 = 0
  var heldMilliGPU: Int64 = 0
  // Deployments that waited too long and have no reservation: roots of the engine's overdue forest.
  var overdueOpen = QueueForest.noSlot
  var overdueByTarget: [ClusterID: QueueForest.Slot] = [:]
  var hopeless: Set<QueueForest.Slot> = []
  var openReservations = 0
  var wantsReservations = false

  init(organization: OrganizationID) { self.organization = organization }

  var hasWork: Bool {
    !fresh.isEmpty || !candidates.isEmpty || !unexamined.isEmpty || wantsReservations
  }
}

struct FreshEntry: Comparable, Sendable {
  let key: QueueKey
  let slot: QueueForest.Slot
  let generation: UInt32

  static func < (a: Self, b: Self) -> Bool { a.key < b.key }
  static func == (a: Self, b: Self) -> Bool { a.key == b.key }
}

struct CandidateEntry: Comparable, Sendable {
  let key: QueueKey
  let slot: QueueForest.Slot
  let generation: UInt32
  let cluster: Int
  let version: UInt64

  static func < (a: Self, b: Self) -> Bool { (a.key, a.cluster) < (b.key, b.cluster) }
  static func == (a: Self, b: Self) -> Bool { a.key == b.key && a.cluster == b.cluster }
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
  var root = QueueForest.noSlot

  func accepts(_ gpuModel: String) -> Bool {
    key.gpuModels.isEmpty || key.gpuModels.contains(gpuModel)
  }
}
