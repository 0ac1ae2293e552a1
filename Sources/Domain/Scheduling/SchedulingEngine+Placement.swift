/// Chooses the cluster and the devices.
extension SchedulingEngine {
  // MARK: - What placement knows

  /// A deployment that is new to the engine says what is asked for.
  mutating func learn(_ slot: Slot) {
    guard let demand = items[Int(slot)].demand else { return }
    let pool = items[Int(slot)].pool
    let wanted = items[Int(slot)].gpuModels
    let models = wanted.isEmpty ? [] : wanted.map { table.number(of: $0) }
    pools[pool].placement.learn(demand, models: models)
  }

  mutating func addMember(_ index: Int, to pool: Int) {
    let last = pools[pool].placement.members.last
    let isLast = last.map { clusters[$0].id < clusters[index].id } ?? true
    pools[pool].clusters.append(index)
    clusters[index].position = pools[pool].placement.add(index, isLast: isLast)
  }

  /// Before decisions: works out what there is news of.
  mutating func look(_ pool: Int) {
    guard pools[pool].placement.isDue else { return }
    if pools[pool].placement.isRearranged {
      let ordered = pools[pool].clusters.sorted { clusters[$0].id < clusters[$1].id }
      pools[pool].placement.arrange(ordered)
      for (position, index) in ordered.enumerated() {
        clusters[index].position = position
        pools[pool].placement.write(clusters[index], model: table.rows[index].gpuModel)
      }
    }
    pools[pool].placement.look(capacity(of: pool), workload: workload)
  }

  private func capacity(of pool: Int) -> PoolCapacity {
    PoolCapacity(pools[pool].clusters.lazy.map { clusters[$0] })
  }

  // MARK: - One decision

  /// The best cluster for the first in a pool's queue.
  mutating func bestCluster(for slot: Slot, _ demand: Demand) -> Int? {
    let key = items[Int(slot)].key
    let group = items[Int(slot)].group
    let pool = groups[group].key.pool
    if let left = pools[pool].left, !left.covers(Amounts(demand)) {
      pools[pool].isHeldBack = true
      return nil
    }
    if let target = groups[group].key.target {
      guard let index = indexOfBook(target, for: pool),
        table.rows[index].room(for: key).fits(demand),
        groups[group].accepts(table.rows[index].gpuModel)
      else { return nil }
      return index
    }
    // Each pool has its part of all candidates.
    let part = Double(pools[pool].clusters.count) / Double(max(clusters.count, 1))
    let found = pools[pool].placement.best(
      for: demand, models: groups[group].modelNumbers, draw: draw(items[Int(slot)].id),
      limit: Int(Double(SchedulingLimits.candidates) * part))
    switch found {
    case .best(let index): return index
    case .bestUnreserved(let position):
      let others = pools[pool].placement.reserved + (position.map { [$0] } ?? [])
      return best(of: others.sorted(), for: slot, demand)
    case .unclear:
      return best(of: Array(pools[pool].placement.members.indices), for: slot, demand)
    }
  }

  /// What tells a deployment's lot from others.
  private func draw(_ id: DeploymentID) -> UInt64 {
    UInt64(truncatingIfNeeded: id.value ^ id.value >> 64)
  }

  /// The best of clusters that are looked at one by one, in this order, as they are for who stands
  /// at this place in the queue.
  private func best(of positions: [Int], for slot: Slot, _ demand: Demand) -> Int? {
    let key = items[Int(slot)].key
    let group = groups[items[Int(slot)].group]
    // The models are compared here.
    let request = PlacementRequest(demand, models: .max)
    var best: Int?
    var least = Double.infinity
    for position in positions {
      let index = pools[group.key.pool].placement.members[position]
      let row = table.rows[index]
      guard row.room(for: key).fits(demand), group.accepts(row.gpuModel) else { continue }
      let score = pools[group.key.pool].placement.score(
        request, on: 0, of: view(of: index, for: key))
      guard score < least else { continue }
      best = index
      least = score
    }
    return best
  }

  /// A cluster as somebody at this place in the queue sees it.
  private func view(of index: Int, for key: QueueKey) -> ClusterStates {
    let book = clusters[index]
    let isBehind = book.reservation.map { $0.key < key } ?? false
    return pools[book.pool].placement.view(
      of: book, room: table.rows[index].room(for: key),
      hidden: isBehind ? book.reservation?.devices ?? [] : [])
  }

  mutating func place(_ slot: Slot, _ demand: Demand, on index: Int) -> Placement {
    leaveQueue(slot)
    occupy(slot, demand, on: index)
    return beginAttempt(slot)
  }

  /// Takes the devices and the room, in the books alone.
  mutating func occupy(_ slot: Slot, _ demand: Demand, on index: Int) {
    let key = items[Int(slot)].key
    items[Int(slot)].devices = pickDevices(for: demand, on: index, key)
    var serial: UInt64 = 0
    if let reservation = clusters[index].reservation, reservation.key < key {
      serial = reservation.serial
      reservationChanged(index)
      for book in booksOfCluster(index) {
        clusters[book].reservation?.backfilledCPU += demand.cpu
        clusters[book].reservation?.backfilledMemory += demand.memory
      }
    }
    items[Int(slot)].backfillOf = serial
    hold(slot, on: index)
  }

  /// The decision of one that has its room.
  mutating func beginAttempt(_ slot: Slot) -> Placement {
    let attempt = items[Int(slot)].progress.attempt + 1
    setPhase(slot, .placing)
    items[Int(slot)].progress = DeploymentProgress(deciding: attempt)
    return Placement(
      deployment: items[Int(slot)].id, attempt: attempt,
      cluster: clusters[items[Int(slot)].cluster].id, gpuDevices: items[Int(slot)].devices)
  }

  /// Devices for a demand that fits, ascending.
  private mutating func pickDevices(for demand: Demand, on index: Int, _ key: QueueKey) -> [Int] {
    let pool = clusters[index].pool
    switch demand.kind {
    case .noGPU: return []
    case .share:
      let request = PlacementRequest(demand, models: .max)
      let position = clusters[index].position
      guard clusters[index].reservation != nil else {
        return pools[pool].placement.device(for: request, on: position).map { [$0] } ?? []
      }
      return pools[pool].placement.device(for: request, on: 0, of: view(of: index, for: key))
        .map { [$0] } ?? []
    case .wholeDevices:
      var reserved: [Int] = []
      if let reservation = clusters[index].reservation, reservation.key < key {
        reserved = reservation.devices
      }
      return clusters[index].pickWholeDevices(Int(demand.gpu), excluding: reserved)
    }
  }
}
