import HeapModule

/// Room for deployments of classes that preempt. Only for what fits nowhere now, once an attempt of
/// it; what is freed is kept for it by a reservation, and it is placed when it fits as any other.
extension SchedulingEngine {
  /// A deployment fitted nowhere: looks for victims at the end of this call of `decide`.
  mutating func wantPreemption(_ slot: Slot) {
    let item = items[Int(slot)]
    guard item.preempts, !item.isPreemptor, !item.isInGang, item.phase == .ready,
      let demand = item.demand,
      item.preemptedFor != item.progress.attempt + 1
    else { return }
    items[Int(slot)].isPreemptor = true
    pools[item.pool].preemptors = preemptorForest.insert(
      slot, key: item.key, demand: demand, into: pools[item.pool].preemptors)
    pools[item.pool].wantsPreemption = true
  }

  mutating func forgetPreemptor(_ slot: Slot) {
    guard items[Int(slot)].isPreemptor else { return }
    items[Int(slot)].isPreemptor = false
    let pool = items[Int(slot)].pool
    pools[pool].preemptors = preemptorForest.remove(slot, from: pools[pool].preemptors)
  }

  /// The next timer of a pool that still counts.
  mutating func nextPreemption() -> TimerEntry? {
    while let top = preempting.min {
      if pools[Int(top.slot)].preemptsAt == top.at { return top }
      preempting.removeMin()
    }
    return nil
  }

  /// The pools whose preemptors are due for another look.
  mutating func takeDuePreemptors(now: Instant) {
    while let top = nextPreemption(), top.at <= now {
      preempting.removeMin()
      let pool = Int(top.slot)
      pools[pool].preemptsAt = nil
      pools[pool].wantsPreemption = true
      activate(pool)
    }
  }

  /// At most `limit`, in the order of the queue within a pool.
  mutating func preempt(_ pool: Int, now: Instant, limit: Int) -> [Preemption] {
    // Somebody there may simply fit.
    guard pools[pool].wantsPreemption, !pools[pool].hasCandidates else { return [] }
    pools[pool].wantsPreemption = false
    var preemptions: [Preemption] = []
    let first = preemptorForest.first(SchedulingLimits.preemptors, in: pools[pool].preemptors)
    for slot in first where preemptions.count < limit {
      if let preemption = preempt(slot, now: now) { preemptions.append(preemption) }
    }
    if pools[pool].preemptors != QueueForest.noSlot {
      lookAgain(pool, at: now + configuration.preemptionInterval)
    }
    return preemptions
  }

  private mutating func lookAgain(_ pool: Int, at: Instant) {
    pools[pool].preemptsAt = at
    preempting.insert(TimerEntry(at: at, slot: Slot(pool), generation: 0))
  }

  private mutating func preempt(_ slot: Slot, now: Instant) -> Preemption? {
    let item = items[Int(slot)]
    guard let demand = item.demand, bestCluster(for: slot, demand) == nil,
      item.reservedOn >= 0 || item.target != nil
        || pools[item.pool].openReservations < SchedulingLimits.reservations
    else { return nil }
    var best: VictimSet?
    for index in clustersToFree(for: slot, demand) {
      guard let victims = victims(on: index, for: slot, demand, now: now) else { continue }
      if best.map({ victims < $0 }) ?? true { best = victims }
    }
    guard let best else { return nil }
    keepFreed(best, for: slot, demand)
    return Preemption(
      deployment: item.id, attempt: item.progress.attempt + 1,
      cluster: clusters[best.index].id,
      victims: best.slots.map {
        Preemption.Victim(
          deployment: items[Int($0)].id, attempt: items[Int($0)].progress.attempt)
      })
  }

  /// Clusters that could hold it and that nobody before it has reserved, those that lack least: so
  /// many that a decision is bounded.
  private func clustersToFree(for slot: Slot, _ demand: Demand) -> [Int] {
    let item = items[Int(slot)]
    let candidates =
      item.target.map { indexOfBook($0, for: item.pool).map { [$0] } ?? [] }
      ?? pools[item.pool].clusters
    var options: [(deficit: Double, index: Int)] = []
    for index in candidates where isEligible(slot, on: index) {
      if let reservation = clusters[index].reservation, reservation.key < item.key { continue }
      options.append((clusters[index].deficit(demand, in: table.rows[index].room), index))
    }
    options.sort { a, b in
      a.deficit != b.deficit
        ? a.deficit < b.deficit : clusters[a.index].id < clusters[b.index].id
    }
    return options.prefix(SchedulingLimits.preemptionClusters).map(\.index)
  }

  /// The cheapest victims on a cluster: taken in the order of their cost until it fits, then, the
  /// dearest first, each that turns out not to be needed is left alone.
  private func victims(
    on index: Int, for slot: Slot, _ demand: Demand, now: Instant
  ) -> VictimSet? {
    let priority = items[Int(slot)].key.priority
    let ordered = clusters[index].holders
      .compactMap { victim($0, below: priority, now: now) }.sorted()
    var trial = Trial(book: clusters[index], left: pools[items[Int(slot)].pool].left)
    trial.book.reservation = nil
    var taken: [Victim] = []
    for victim in ordered.prefix(SchedulingLimits.victims) {
      if trial.fits(demand) { break }
      trial.release(items[Int(victim.slot)])
      taken.append(victim)
    }
    guard trial.fits(demand), !taken.isEmpty else { return nil }
    var needed: [Victim] = []
    for victim in taken.reversed() {
      let without = trial
      trial.hold(items[Int(victim.slot)])
      guard !trial.fits(demand) else { continue }
      trial = without
      needed.append(victim)
    }
    return VictimSet(
      index: index, cluster: clusters[index].id, victims: needed, book: trial.book)
  }

  private func victim(_ slot: Slot, below priority: Int, now: Instant) -> Victim? {
    let item = items[Int(slot)]
    guard item.phase == .holding, item.key.priority < priority, !item.isPreempted,
      !item.isExpiring, item.progress.attempt < item.maxAttempts, let heldSince = item.heldSince,
      heldSince + item.protection <= now, !item.isInGang || mayGangGo(item, now: now)
    else { return nil }
    return Victim(
      slot: slot, priority: item.key.priority, isInGang: item.isInGang,
      run: (now - heldSince).microseconds, id: item.id)
  }

  /// With one of a gang all go back: none may have ended, or be protected still.
  private func mayGangGo(_ item: QueuedItem, now: Instant) -> Bool {
    gangs[item.key.id]?.members.allSatisfy { slot in
      guard slot != QueueForest.noSlot, items[Int(slot)].phase == .holding,
        !items[Int(slot)].isExpiring, let heldSince = items[Int(slot)].heldSince
      else { return false }
      return heldSince + items[Int(slot)].protection <= now
    } ?? false
  }

  /// Keeps what the victims free for it, and all that it needs beside: nobody behind it in the
  /// queue gets any of that.
  private mutating func keepFreed(_ best: VictimSet, for slot: Slot, _ demand: Demand) {
    forgetPreemptor(slot)
    items[Int(slot)].preemptedFor = items[Int(slot)].progress.attempt + 1
    for victim in best.slots { items[Int(victim)].isPreempted = true }
    if let holder = clusters[best.index].reservation?.slot {
      if holder == slot { dropReservation(of: holder) } else { displace(holder) }
    }
    dropReservation(of: slot)
    keepRoom(
      on: best.index, for: slot, demand, devices: best.book.pickDevicesToReserve(for: demand))
    // Those who stay count as if they had come from behind: room is left beside them.
    for book in booksOfCluster(best.index) {
      clusters[book].reservation?.backfilledCPU = best.book.heldCPU
      clusters[book].reservation?.backfilledMemory = best.book.heldMemory
    }
    touch(best.index, grew: false)
  }

  /// A preemption was committed for those that `moved`. The others ended or changed on their own,
  /// or nothing was committed: then it is tried again from `retryAt` on.
  mutating func settle(
    _ preemption: Preemption, moved: Set<DeploymentID>, retryAt: Instant
  ) {
    for victim in preemption.victims where !moved.contains(victim.deployment) {
      guard let slot = slots[victim.deployment],
        items[Int(slot)].progress.attempt == victim.attempt
      else { continue }
      items[Int(slot)].isPreempted = false
    }
    guard moved.isEmpty, let slot = slots[preemption.deployment],
      items[Int(slot)].preemptedFor == preemption.attempt
    else { return }
    items[Int(slot)].preemptedFor = nil
    let (pool, wanted) = (items[Int(slot)].pool, pools[items[Int(slot)].pool].wantsPreemption)
    wantPreemption(slot)
    guard items[Int(slot)].isPreemptor, !wanted else { return }
    pools[pool].wantsPreemption = false
    lookAgain(pool, at: retryAt)
  }
}

/// A cluster's books as one organization has them, as they would be without some of what it holds.
private struct Trial {
  var book: ClusterBook
  /// What the organization may still hold on all clusters together; nil: anything.
  var left: Amounts?

  func fits(_ demand: Demand) -> Bool {
    book.room.fits(demand) && left?.covers(Amounts(demand)) ?? true
  }

  mutating func release(_ item: QueuedItem) {
    guard let demand = item.demand else { return }
    book.release(demand, devices: item.devices)
    if let held = book.quota?.held { book.quota?.held = held - Amounts(demand) }
    if let known = left { left = known + Amounts(demand) }
  }

  mutating func hold(_ item: QueuedItem) {
    guard let demand = item.demand else { return }
    book.hold(demand, devices: item.devices)
    if let held = book.quota?.held { book.quota?.held = held + Amounts(demand) }
    if let known = left { left = known - Amounts(demand) }
  }
}

/// One that may be preempted. The smaller one is cheaper: the lower priority, then one that is not
/// of a gang, then the least run time lost, then the smaller id.
private struct Victim: Comparable {
  let slot: QueueForest.Slot
  let priority: Int
  let isInGang: Bool
  /// Microseconds since its placement.
  let run: Int64
  let id: DeploymentID

  static func < (a: Self, b: Self) -> Bool {
    if a.priority != b.priority { return a.priority < b.priority }
    if a.isInGang != b.isInGang { return b.isInGang }
    return a.run != b.run ? a.run < b.run : a.id < b.id
  }
}

/// Victims that make room on one cluster. The smaller one is cheaper: the lower priority of the
/// dearest victim, then the fewer victims, then the least run time lost together, then the smaller
/// cluster.
private struct VictimSet: Comparable {
  let index: Int
  let cluster: ClusterID
  /// The dearest first.
  let slots: [QueueForest.Slot]
  /// The cluster's books without them.
  let book: ClusterBook
  private let priority: Int
  private let run: Int64

  init(index: Int, cluster: ClusterID, victims: [Victim], book: ClusterBook) {
    self.index = index
    self.cluster = cluster
    self.book = book
    slots = victims.map(\.slot)
    priority = victims.first?.priority ?? 0
    run = victims.reduce(0) { sum, victim in
      let (total, overflow) = sum.addingReportingOverflow(victim.run)
      return overflow ? .max : total
    }
  }

  static func < (a: Self, b: Self) -> Bool {
    if a.priority != b.priority { return a.priority < b.priority }
    if a.slots.count != b.slots.count { return a.slots.count < b.slots.count }
    return a.run != b.run ? a.run < b.run : a.cluster < b.cluster
  }

  static func == (a: Self, b: Self) -> Bool { a.cluster == b.cluster && a.slots == b.slots }
}
