import HeapModule

extension SchedulingEngine {
  /// At most `limit` decisions of each kind, in the order in which they were made; a gang that is
  /// larger than that is decided by itself. A placement counts as held from now on, until it is
  /// confirmed or refused. Fewer than `limit` does not mean that nothing is left: ask `hasWork`.
  package mutating func decide(now: Instant, limit: Int) -> SchedulingDecisions {
    wake(now)
    var decisions = SchedulingDecisions()
    decisions.expirations = expire(now: now, limit: limit)
    takeDuePreemptors(now: now)
    for pool in active { look(pool) }
    makeReservations()
    var turns = Heap<Turn>()
    for pool in active {
      if let turn = turn(of: pool) { turns.insert(turn) }
    }
    var steps = 0
    decisions: while decisions.placements.count < limit, steps < SchedulingLimits.stepsPerDecision,
      let turn = turns.popMin()
    {
      steps += 1
      let free = decisions.placements.isEmpty ? .max : limit - decisions.placements.count
      switch take(turn, free: free) {
      case .none: break
      case .full: break decisions
      case .borrows:
        turns.insert(turn.behindClaims)
        continue
      case .placed(let placement, let index):
        decisions.placements.append(placement)
        reconsider(&turns, sharing: index)
      case .placedGang(let placements, let indexes):
        decisions.placements += placements
        for index in indexes { reconsider(&turns, sharing: index) }
      }
      if let next = self.turn(of: turn.pool) { turns.insert(next) }
    }
    for pool in active where decisions.preemptions.count < limit {
      decisions.preemptions += preempt(
        pool, now: now, limit: limit - decisions.preemptions.count)
    }
    let looked = active
    active = []
    for pool in looked {
      pools[pool].isActive = pools[pool].hasWork
      if pools[pool].hasWork { active.append(pool) }
    }
    return decisions
  }

  private mutating func wake(_ now: Instant) {
    while let top = sleeping.min, top.at <= now {
      sleeping.removeMin()
      if isCurrent(top) { enqueue(top.slot) }
    }
    while let top = waiting.min, top.at <= now {
      waiting.removeMin()
      if isCurrent(top) { markOverdue(top.slot) }
    }
  }

  // MARK: - Turns

  /// The next deployment that a pool looks at.
  private struct Turn: Comparable {
    let priority: Int
    /// It would hold more than is guaranteed; false also while that is not known.
    var isBorrowing = false
    let share: Double
    let key: QueueKey
    let pool: Int
    let slot: Slot
    /// It may fit where room has grown; else it was not looked at yet.
    let isCandidate: Bool
    let isGang: Bool

    static func < (a: Self, b: Self) -> Bool {
      if a.priority != b.priority { return a.priority > b.priority }
      if a.isBorrowing != b.isBorrowing { return b.isBorrowing }
      if a.share != b.share { return a.share < b.share }
      return a.key < b.key
    }

    static func == (a: Self, b: Self) -> Bool { a.key == b.key }

    /// The same, after those who claim what they are guaranteed.
    var behindClaims: Turn {
      var copy = self
      copy.isBorrowing = true
      return copy
    }

    /// The same, to be looked at again.
    var unknown: Turn {
      var copy = self
      copy.isBorrowing = false
      return copy
    }
  }

  /// A shared cluster changed: for those who were found to borrow another one may be best now.
  private func reconsider(_ turns: inout Heap<Turn>, sharing index: Int) {
    guard !clusters[index].others.isEmpty, turns.unordered.contains(where: \.isBorrowing) else {
      return
    }
    let sharing = Set(clusters[index].others.map { clusters[$0].pool })
    turns = Heap(
      turns.unordered.map { $0.isBorrowing && sharing.contains($0.pool) ? $0.unknown : $0 })
  }

  private mutating func turn(of pool: Int) -> Turn? {
    let fresh = firstFresh(pool)
    let candidate = firstCandidate(pool)
    let isCandidate: Bool
    let slot: Slot
    switch (fresh, candidate) {
    case (nil, nil): return nil
    case (let fresh?, nil): (slot, isCandidate) = (fresh, false)
    case (nil, let candidate?): (slot, isCandidate) = (candidate, true)
    case (let fresh?, let candidate?):
      isCandidate = items[Int(candidate)].key <= items[Int(fresh)].key
      slot = isCandidate ? candidate : fresh
    }
    let key = items[Int(slot)].key
    return Turn(
      priority: key.priority, share: dominantShare(pool), key: key, pool: pool, slot: slot,
      isCandidate: isCandidate, isGang: items[Int(slot)].isInGang)
  }

  private mutating func firstFresh(_ pool: Int) -> Slot? {
    while let top = pools[pool].fresh.min {
      if items[Int(top.slot)].generation == top.generation, items[Int(top.slot)].isFresh {
        return top.slot
      }
      pools[pool].fresh.removeMin()
    }
    return nil
  }

  // MARK: - One decision

  private enum Taken {
    /// It fits nowhere.
    case none
    /// It is of a gang that fits, but not into this batch: it goes with the next.
    case full
    /// It fits, but others claim first.
    case borrows
    case placed(Placement, on: Int)
    case placedGang([Placement], on: Set<Int>)
  }

  /// - Parameter free: how many more placements the batch may have.
  private mutating func take(_ turn: Turn, free: Int) -> Taken {
    let slot = turn.slot
    guard let demand = items[Int(slot)].demand else { return .none }
    let key = items[Int(slot)].key
    let miss = MissKey(group: items[Int(slot)].group, demand: demand)
    if !turn.isCandidate, let known = pools[turn.pool].misses[miss], known <= key {
      items[Int(slot)].isFresh = false
      wantPreemption(slot)
      return .none
    }
    if turn.isGang { return takeGang(turn, demand, free: free) }
    guard let cluster = bestCluster(for: slot, demand) else {
      items[Int(slot)].isFresh = false
      if pools[turn.pool].misses.count >= SchedulingLimits.misses { pools[turn.pool].misses = [:] }
      pools[turn.pool].misses[miss] = key
      wantPreemption(slot)
      if turn.isCandidate { missed(turn.pool, key) }
      return .none
    }
    if !turn.isBorrowing, borrows(demand, on: cluster) { return .borrows }
    items[Int(slot)].isFresh = false
    return .placed(place(slot, demand, on: cluster), on: cluster)
  }

  private mutating func takeGang(_ turn: Turn, _ demand: Demand, free: Int) -> Taken {
    switch placeGang(turn.slot, demand, mayBorrow: turn.isBorrowing, free: free) {
    case .placed(let placements, let indexes): return .placedGang(placements, on: indexes)
    case .borrows: return .borrows
    case .full: return .full
    case .none:
      // That all of them find no room says nothing of one alone: no miss to remember.
      items[Int(turn.slot)].isFresh = false
      if turn.isCandidate { missed(turn.pool, turn.key) }
      return .none
    }
  }
}
