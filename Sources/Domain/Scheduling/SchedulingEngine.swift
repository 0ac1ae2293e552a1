import HeapModule

/// Decides which deployment runs where. A pure value: events in, decisions out; no I/O, no clock,
/// no randomness. The cost of a decision follows what changed: a new deployment is held against the
/// clusters, a cluster with new room against the queue, and nothing else is looked at.
///
/// Order: priority; within a priority first organizations that have not what they are guaranteed,
/// then the one with the least dominant share of the whole for its weight; within an organization
/// age. What does not fit is passed by smaller work, until it has waited for
/// `reservationAfter`: then a cluster keeps room for it. docs/scheduling.md proves the bound.
package struct SchedulingEngine: Sendable {
  typealias Slot = QueueForest.Slot

  let configuration: SchedulingConfiguration
  // Deployments.
  var items: ContiguousArray<QueuedItem> = []
  var freeSlots: [Slot] = []
  var slots: [DeploymentID: Slot] = [:]
  var forest = QueueForest()
  var overdueForest = QueueForest()
  var groups: [QueueGroup] = []
  var groupIndexes: [QueueGroup.Key: Int] = [:]
  var gangs: [DeploymentID: SchedulingGang] = [:]
  // Clusters.
  /// One book a cluster, and one more for each organization that it is shared with.
  var clusters: [ClusterBook] = []
  var table = ClusterTable()
  /// The owner's book.
  var clusterIndexes: [ClusterID: Int] = [:]
  var lostAgents: Set<ClusterID> = []
  /// Deployments that hold on clusters the engine has not heard of: yet, or because they are of
  /// another shard.
  var orphans: [ClusterID: Set<Slot>] = [:]
  var totalCPU: Int64 = 0
  /// Of many clusters more than 64 bits hold.
  var totalMemory: Int128 = 0
  var totalMilliGPU: Int64 = 0
  /// What the policy is told to expect.
  var workload: [(demand: Demand, models: [Int])] = []
  // Organizations.
  var pools: [SchedulingPool] = []
  var poolIndexes: [OrganizationID: Int] = [:]
  /// Pools with something to look at.
  var active: [Int] = []
  // Time.
  var sleeping = Heap<TimerEntry>()
  var waiting = Heap<TimerEntry>()
  var expiring = Heap<TimerEntry>()
  /// Entries name pools.
  var preempting = Heap<TimerEntry>()
  var preemptorForest = QueueForest()
  var reservationSerial: UInt64 = 0
  /// Clusters whose reservation was made, used or dropped and not told yet.
  var changedReservations: Set<Int> = []

  /// Deployments that wait, also for their time.
  package private(set) var queuedCount = 0
  /// Deployments that hold resources, decisions that are not confirmed yet included.
  package private(set) var holdingCount = 0

  package init(configuration: SchedulingConfiguration = SchedulingConfiguration()) {
    self.configuration = configuration
    guard case .fragmentation(let expected) = configuration.policy else { return }
    for entry in expected {
      guard let demand = Demand(entry.request) else { continue }
      workload.append((demand, entry.gpuModels.map { table.number(of: $0) }))
    }
  }

  /// Whether `decide` has something to look at.
  package var hasWork: Bool { !active.isEmpty }

  /// When to ask `decide` again if no event comes before: nil: never. Before `now`: at once.
  package mutating func nextWake(now: Instant) -> Instant? {
    if hasWork { return now }
    while let top = sleeping.min, !isCurrent(top) { sleeping.removeMin() }
    while let top = waiting.min, !isCurrent(top) { waiting.removeMin() }
    return [sleeping.min?.at, waiting.min?.at, nextTimeLimit()?.at, nextPreemption()?.at]
      .compactMap { $0 }.min()
  }

  /// Since when a deployment that is known has had a claim to be placed.
  package func waitingSince(_ deployment: DeploymentID) -> Instant? {
    slots[deployment].map { items[Int($0)].waitingSince }
  }

  func isCurrent(_ timer: TimerEntry) -> Bool {
    items[Int(timer.slot)].generation == timer.generation
  }

  // MARK: - Slots

  mutating func makeSlot(_ item: QueuedItem) -> Slot {
    if let slot = freeSlots.popLast() {
      let old = items[Int(slot)]
      items[Int(slot)] = item
      items[Int(slot)].generation = old.generation &+ 1
      items[Int(slot)].timerStamp = old.timerStamp &+ 1
      slots[item.id] = slot
      return slot
    }
    let slot = Slot(items.count)
    items.append(item)
    slots[item.id] = slot
    return slot
  }

  mutating func freeSlot(_ slot: Slot) {
    slots[items[Int(slot)].id] = nil
    if items[Int(slot)].isInGang { quitGang(slot) }
    setPhase(slot, .none)
    freeSlots.append(slot)
  }

  mutating func setPhase(_ slot: Slot, _ phase: QueuedItem.Phase) {
    let old = items[Int(slot)].phase
    queuedCount += Self.queued(phase) - Self.queued(old)
    holdingCount += Self.holding(phase) - Self.holding(old)
    items[Int(slot)].phase = phase
    items[Int(slot)].generation &+= 1
  }

  private static func queued(_ phase: QueuedItem.Phase) -> Int {
    switch phase {
    case .impossible, .sleeping, .gathered, .ready, .expiring: 1
    case .none, .placing, .holding: 0
    }
  }

  private static func holding(_ phase: QueuedItem.Phase) -> Int {
    switch phase {
    case .placing, .holding: 1
    case .none, .impossible, .sleeping, .gathered, .ready, .expiring: 0
    }
  }

  // MARK: - Pools

  mutating func poolIndex(_ organization: OrganizationID) -> Int {
    if let index = poolIndexes[organization] { return index }
    pools.append(SchedulingPool(organization: organization, policy: configuration.policy))
    poolIndexes[organization] = pools.count - 1
    return pools.count - 1
  }

  mutating func activate(_ pool: Int) {
    guard !pools[pool].isActive else { return }
    pools[pool].isActive = true
    active.append(pool)
  }

  /// The largest part of the whole that the pool holds of any dimension, by its weight (weighted
  /// dominant resource fairness, Ghodsi et al., NSDI 2011).
  func dominantShare(_ pool: Int) -> Double {
    func part(_ held: Double, of total: Double) -> Double { total > 0 ? held / total : 0 }
    let most = max(
      part(Double(pools[pool].heldCPU), of: Double(totalCPU)),
      part(Self.double(pools[pool].heldMemory), of: Self.double(totalMemory)),
      part(Double(pools[pool].heldMilliGPU), of: Double(totalMilliGPU)))
    return most / pools[pool].weight
  }

  /// The library's own way goes digit by digit.
  @inline(__always)
  private static func double(_ value: Int128) -> Double {
    Double(Int64(truncatingIfNeeded: value >> 32)) * 4_294_967_296
      + Double(UInt32(truncatingIfNeeded: value))
  }
}
