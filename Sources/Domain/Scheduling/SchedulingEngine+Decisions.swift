import HeapModule

extension SchedulingEngine {
  /// At most `limit` placements, in the order in which they were decided. Each counts as held from
  /// now on, until it is confirmed or refused. Fewer than `limit` does not mean that nothing is
  /// left: ask `hasWork`.
  package mutating func decide(now: Instant, limit: Int) -> [Placement] {
    wake(now)
    makeReservations()
    var turns = Heap<Turn>()
    for pool in active {
      if let turn = turn(of: pool) { turns.insert(turn) }
    }
    var placements: [Placement] = []
    var steps = 0
    while placements.count < limit, steps < SchedulingLimits.stepsPerDecision,
      let turn = turns.popMin()
    {
      steps += 1
      if let placement = take(turn) { placements.append(placement) }
      if let next = self.turn(of: turn.pool) { turns.insert(next) }
    }
    let looked = active
    active = []
    for pool in looked {
      pools[pool].isActive = pools[pool].hasWork
      if pools[pool].hasWork { active.append(pool) }
    }
    return placements
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
    let share: Double
    let key: QueueKey
    let pool: Int
    let slot: Slot
    /// It is known to fit somewhere.
    let isCandidate: Bool

    static func < (a: Self, b: Self) -> Bool {
      if a.priority != b.priority { return a.priority > b.priority }
      if a.share != b.share { return a.share < b.share }
      return a.key < b.key
    }

    static func == (a: Self, b: Self) -> Bool { a.key == b.key }
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
      isCandidate: isCandidate)
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

  /// The first in the queue that a dirty cluster has room for.
  private mutating func firstCandidate(_ pool: Int) -> Slot? {
    while true {
      while let cluster = pools[pool].unexamined.popLast() { examine(cluster) }
      guard let top = pools[pool].candidates.min else { return nil }
      let isSameCluster = clusters[top.cluster].version == top.version
      if isSameCluster, items[Int(top.slot)].generation == top.generation { return top.slot }
      pools[pool].candidates.removeMin()
      // A cluster that changed since was listed anew by that change.
      if isSameCluster {
        clusters[top.cluster].isListed = true
        pools[pool].unexamined.append(top.cluster)
      }
    }
  }

  /// Finds the first in the queue that fits on a dirty cluster; one that fits nobody is clean.
  private mutating func examine(_ index: Int) {
    clusters[index].isListed = false
    guard clusters[index].isDirty else { return }
    guard let slot = firstFitting(index) else {
      clusters[index].isDirty = false
      return
    }
    pools[clusters[index].pool].candidates.insert(
      CandidateEntry(
        key: items[Int(slot)].key, slot: slot, generation: items[Int(slot)].generation,
        cluster: index, version: clusters[index].version))
  }

  private func firstFitting(_ index: Int) -> Slot? {
    guard clusters[index].isUsable else { return nil }
    let pool = clusters[index].pool
    let reserved = clusters[index].reservation?.key
    var best: Slot?
    func look(_ group: Int) {
      guard groups[group].root != QueueForest.noSlot,
        groups[group].accepts(clusters[index].gpuModel)
      else { return }
      let kind = groups[group].key.kind
      var found = forest.first(in: groups[group].root, fitting: rooms[index], kind: kind)
      if let reserved, let slot = found, items[Int(slot)].key > reserved {
        // Behind the reservation there is less room.
        found = forest.first(
          in: groups[group].root, fitting: roomsBehind[index], kind: kind, after: reserved)
      }
      guard let found else { return }
      if let known = best, items[Int(known)].key <= items[Int(found)].key { return }
      best = found
    }
    for group in pools[pool].openGroups { look(group) }
    for group in pools[pool].groupsByTarget[clusters[index].id] ?? [] { look(group) }
    return best
  }

  // MARK: - One decision

  private mutating func take(_ turn: Turn) -> Placement? {
    let slot = turn.slot
    guard let demand = items[Int(slot)].demand else { return nil }
    let key = items[Int(slot)].key
    let miss = MissKey(group: items[Int(slot)].group, demand: demand)
    items[Int(slot)].isFresh = false
    if !turn.isCandidate, let known = pools[turn.pool].misses[miss], known <= key { return nil }
    guard let cluster = bestCluster(for: slot, demand) else {
      if pools[turn.pool].misses.count >= SchedulingLimits.misses { pools[turn.pool].misses = [:] }
      pools[turn.pool].misses[miss] = key
      return nil
    }
    return place(slot, demand, on: cluster)
  }

  private func bestCluster(for slot: Slot, _ demand: Demand) -> Int? {
    let key = items[Int(slot)].key
    let group = groups[items[Int(slot)].group]
    if let target = group.key.target {
      guard let index = clusterIndexes[target], clusters[index].pool == group.key.pool,
        room(of: index, for: key).fits(demand), group.accepts(clusters[index].gpuModel)
      else { return nil }
      return index
    }
    var best: Int?
    var bestScore = PlacementScore.worst
    for index in pools[group.key.pool].clusters where rooms[index].fits(demand) {
      let room = room(of: index, for: key)
      guard room.fits(demand), group.accepts(clusters[index].gpuModel) else { continue }
      let score = PlacementScore(demand, on: clusters[index], room: room)
      if score < bestScore {
        best = index
        bestScore = score
      }
    }
    return best
  }

  /// What a cluster has for somebody at this place in the queue.
  private func room(of index: Int, for key: QueueKey) -> Room {
    if let reservation = clusters[index].reservation, reservation.key < key {
      return roomsBehind[index]
    }
    return rooms[index]
  }

  private mutating func place(_ slot: Slot, _ demand: Demand, on index: Int) -> Placement {
    leaveQueue(slot)
    let key = items[Int(slot)].key
    var reserved: [Int] = []
    var serial: UInt64 = 0
    if let reservation = clusters[index].reservation, reservation.key < key {
      reserved = reservation.devices
      serial = reservation.serial
      clusters[index].reservation?.backfilledCPU += demand.cpu
      clusters[index].reservation?.backfilledMemory += demand.memory
    }
    let attempt = items[Int(slot)].progress.attempt + 1
    setPhase(slot, .placing)
    items[Int(slot)].progress = DeploymentProgress(deciding: attempt)
    items[Int(slot)].devices = clusters[index].pickDevices(for: demand, excluding: reserved)
    items[Int(slot)].backfillOf = serial
    hold(slot, on: index)
    return Placement(
      deployment: items[Int(slot)].id, attempt: attempt, cluster: clusters[index].id,
      gpuDevices: items[Int(slot)].devices)
  }
}
