/// Room kept for deployments that waited too long. One reservation a cluster; those behind it in
/// the queue may use only what it leaves (`ClusterBook.roomBehindReservation`), those before it are
/// not held back.
extension SchedulingEngine {
  /// Queues an item for a reservation.
  mutating func markOverdue(_ slot: Slot) {
    guard let demand = items[Int(slot)].demand, items[Int(slot)].phase == .ready,
      !items[Int(slot)].isOverdue, !items[Int(slot)].isHopeless, items[Int(slot)].reservedOn < 0
    else { return }
    let item = items[Int(slot)]
    items[Int(slot)].isOverdue = true
    let root = overdueRoot(item)
    setOverdueRoot(item, overdueForest.insert(slot, key: item.key, demand: demand, into: root))
    pools[item.pool].wantsReservations = true
    // So that `decide` is asked again also if nothing else happens.
    activate(item.pool)
  }

  /// The item is in no list of those who want a reservation.
  mutating func forgetOverdue(_ slot: Slot) {
    let item = items[Int(slot)]
    if item.isHopeless {
      pools[item.pool].hopeless.remove(slot)
      items[Int(slot)].isHopeless = false
    }
    guard item.isOverdue else { return }
    setOverdueRoot(item, overdueForest.remove(slot, from: overdueRoot(item)))
    items[Int(slot)].isOverdue = false
  }

  mutating func dropReservation(of slot: Slot) {
    let index = items[Int(slot)].reservedOn
    guard index >= 0 else { return }
    items[Int(slot)].reservedOn = -1
    reservationChanged(index)
    countReservation(of: slot, by: -1)
    for book in booksOfCluster(index) {
      clusters[book].reservation = nil
      pools[clusters[book].pool].wantsReservations = true
      if pools[clusters[book].pool].preemptors != QueueForest.noSlot {
        pools[clusters[book].pool].wantsPreemption = true
      }
    }
    touch(index, grew: true)
  }

  private mutating func countReservation(of slot: Slot, by change: Int) {
    let item = items[Int(slot)]
    if item.isInGang {
      gangs[item.key.id]?.reservations += change
      if gangs[item.key.id]?.reservations == 0 { pools[item.pool].reservedGang = nil }
    } else if item.target == nil {
      pools[item.pool].openReservations += change
    }
  }

  /// Who a cluster keeps room for loses it, and waits for another one; a gang all of its room.
  mutating func displace(_ holder: Slot) {
    let item = items[Int(holder)]
    guard item.isInGang, let gang = gangs[item.key.id] else {
      dropReservation(of: holder)
      markOverdue(holder)
      return
    }
    dropReservations(ofGang: item.key.id)
    markOverdue(gang.head)
  }

  /// Clusters changed: those whom none could hold look again.
  mutating func reviveHopeless(_ pool: Int) {
    let slots = pools[pool].hopeless
    guard !slots.isEmpty else { return }
    pools[pool].hopeless = []
    for slot in slots.sorted() {
      items[Int(slot)].isHopeless = false
      markOverdue(slot)
    }
  }

  /// Gives reservations in the order of the queue where there is somebody to give one to.
  mutating func makeReservations() {
    for pool in active where pools[pool].wantsReservations { makeReservations(pool) }
  }

  private mutating func makeReservations(_ pool: Int) {
    // A displaced deployment may take another's place in turn; each time the holder is one nearer
    // to the head of the queue, so this ends.
    var isAnyFresh = false
    while pools[pool].wantsReservations {
      pools[pool].wantsReservations = false
      var first = overdueForest.first(
        SchedulingLimits.reservationCandidates, in: pools[pool].overdueOpen)
      for target in pools[pool].overdueByTarget.keys.sorted() {
        if let root = pools[pool].overdueByTarget[target],
          let slot = overdueForest.first(in: root)
        {
          first.append(slot)
        }
      }
      for slot in first {
        // Not looked at yet: it may simply fit.
        if items[Int(slot)].isFresh { isAnyFresh = true } else { reserve(slot) }
      }
    }
    // Again once those were looked at.
    if isAnyFresh { pools[pool].wantsReservations = true }
  }

  private mutating func reserve(_ slot: Slot) {
    let item = items[Int(slot)]
    guard let demand = item.demand, item.isOverdue else { return }
    if item.isInGang { return reserveGang(slot, demand) }
    let isAtLimit =
      item.target == nil && pools[item.pool].openReservations >= SchedulingLimits.reservations
    // Saves a look at every cluster while all are kept for those before it.
    if isAtLimit, !keepsRoom(item.pool, behind: item.key) { return }
    switch clusterToReserve(slot, demand) {
    case .never:
      forgetOverdue(slot)
      items[Int(slot)].isHopeless = true
      pools[item.pool].hopeless.insert(slot)
    case .later: break
    case .free(let index):
      if isAtLimit { return }
      keepRoom(on: index, for: slot, demand)
    case .takeOver(let index):
      guard let holder = clusters[index].reservation?.slot else { return }
      displace(holder)
      keepRoom(on: index, for: slot, demand)
    }
  }

  /// Whether a cluster of the pool keeps room for somebody behind that place in the queue.
  private func keepsRoom(_ pool: Int, behind key: QueueKey) -> Bool {
    pools[pool].placement.reserved.contains { position in
      let index = pools[pool].placement.members[position]
      return clusters[index].reservation.map { $0.key > key } ?? false
    }
  }

  private enum Choice {
    /// No cluster of today could hold it.
    case never
    /// All are kept for deployments before it.
    case later
    case free(Int)
    /// Kept for one behind it.
    case takeOver(Int)
  }

  /// The cluster that lacks least, of those that nobody has reserved; else the one whose holder
  /// stands last in the queue.
  ///
  /// Who waits for a quota and not for room gets none: it would keep room that others may use. Nor
  /// does who would borrow: what is guaranteed to others is not kept from them.
  private func clusterToReserve(_ slot: Slot, _ demand: Demand) -> Choice {
    let item = items[Int(slot)]
    let candidates =
      item.target.map { target in
        indexOfBook(target, for: item.pool).map { [$0] } ?? []
      } ?? pools[item.pool].clusters
    let isWithinCeiling = pools[item.pool].left?.covers(Amounts(demand)) ?? true
    var best: (index: Int, deficit: Double)?
    var last: (index: Int, key: QueueKey)?
    var isAnyEligible = false
    for index in candidates where isEligible(slot, on: index) {
      isAnyEligible = true
      if !isWithinCeiling || borrows(demand, on: index) { continue }
      if let reservation = clusters[index].reservation {
        if reservation.key > item.key, last.map({ $0.key < reservation.key }) ?? true {
          last = (index, reservation.key)
        }
        continue
      }
      let deficit = clusters[index].deficit(demand, in: table.rows[index].room)
      let isBetter = best.map { known in
        (deficit, clusters[index].id) < (known.deficit, clusters[known.index].id)
      }
      if isBetter ?? true { best = (index, deficit) }
    }
    if let best { return .free(best.index) }
    if let last { return .takeOver(last.index) }
    return isAnyEligible ? .later : .never
  }

  /// `devices`: those to keep; nil: those that are freest now. `replicas`: for so many of a gang,
  /// whose demand together it is.
  mutating func keepRoom(
    on index: Int, for slot: Slot, _ demand: Demand, devices: [Int]? = nil, replicas: Int = 1
  ) {
    forgetOverdue(slot)
    reservationSerial += 1
    let reservation = Reservation(
      slot: slot, key: items[Int(slot)].key, demand: demand,
      devices: devices ?? clusters[index].pickDevicesToReserve(for: demand),
      serial: reservationSerial, replicas: replicas)
    for book in booksOfCluster(index) { clusters[book].reservation = reservation }
    items[Int(slot)].reservedOn = index
    reservationChanged(index)
    countReservation(of: slot, by: 1)
    touch(index, grew: false)
  }

  private func overdueRoot(_ item: QueuedItem) -> Slot {
    guard let target = item.target else { return pools[item.pool].overdueOpen }
    return pools[item.pool].overdueByTarget[target] ?? QueueForest.noSlot
  }

  private mutating func setOverdueRoot(_ item: QueuedItem, _ root: Slot) {
    guard let target = item.target else {
      pools[item.pool].overdueOpen = root
      return
    }
    pools[item.pool].overdueByTarget[target] = root == QueueForest.noSlot ? nil : root
  }
}
