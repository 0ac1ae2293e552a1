/// Gangs: deployments that are placed all in one decision, or none.
extension SchedulingEngine {
  // MARK: - Members

  /// A member that is new to the engine.
  mutating func join(_ slot: Slot, _ place: GangPlace) {
    var gang = gangs[place.id] ?? SchedulingGang(size: place.size)
    guard gang.members.indices.contains(place.index) else { return }
    gang.members[place.index] = slot
    gangs[place.id] = gang
  }

  /// A member that is in no books any more goes.
  mutating func quitGang(_ slot: Slot) {
    let id = items[Int(slot)].key.id
    guard var gang = gangs[id] else { return }
    for index in gang.members.indices where gang.members[index] == slot {
      gang.members[index] = QueueForest.noSlot
    }
    gangs[id] = gang.members.allSatisfy { $0 == QueueForest.noSlot } ? nil : gang
  }

  /// A member is queued: the last one brings its gang into the queue.
  mutating func gather(_ slot: Slot) {
    setPhase(slot, .gathered)
    let id = items[Int(slot)].key.id
    gangs[id]?.gathered += 1
    queueIfWhole(id)
  }

  private mutating func queueIfWhole(_ id: DeploymentID) {
    guard let gang = gangs[id], !gang.isQueued, gang.gathered == gang.members.count,
      gang.members.dropFirst().allSatisfy({ isAlike($0, gang.head) })
    else { return }
    gangs[id]?.isQueued = true
    items[Int(gang.head)].notBefore = gang.members.compactMap { items[Int($0)].notBefore }.max()
    queueUp(gang.head)
    armTimeLimit(gang.head)
  }

  /// While the news of a change come in one by one they are not.
  private func isAlike(_ slot: Slot, _ head: Slot) -> Bool {
    let (member, head) = (items[Int(slot)], items[Int(head)])
    return member.demand == head.demand && member.key == head.key
      && member.target == head.target && member.gpuModels == head.gpuModels
      && member.progress == head.progress
  }

  /// A member that was queued leaves: until all are queued again none stands in the queue.
  mutating func leaveGathered(_ slot: Slot) {
    let id = items[Int(slot)].key.id
    guard let gang = gangs[id] else { return }
    if gang.isQueued {
      if items[Int(gang.head)].phase == .ready { leaveQueue(gang.head) }
      gangs[id]?.isQueued = false
      setPhase(gang.head, .gathered)
      armTimeLimit(gang.head)
    }
    gangs[id]?.gathered -= 1
  }

  // MARK: - One decision

  enum TakenGang {
    /// Not all of them fit.
    case none
    /// All fit, but not into the batch.
    case full
    /// All fit, but others claim first.
    case borrows
    case placed([Placement], on: Set<Int>)
  }

  /// Places all of the gang, one by one as others are, or none. They are alike and what one takes
  /// leaves room for one less, wherever it goes: so if all fit at once, all find a place.
  ///
  /// - Parameter free: how many more placements the batch may have.
  mutating func placeGang(
    _ head: Slot, _ demand: Demand, mayBorrow: Bool, free: Int
  ) -> TakenGang {
    let id = items[Int(head)].key.id
    guard let gang = gangs[id], hasRoom(for: gang.members.count, head, demand) else { return .none }
    var taken: [Slot] = []
    for slot in gang.members {
      guard let index = bestCluster(for: head, demand) else {
        takeBack(taken)
        return .none
      }
      if !mayBorrow, borrows(demand, on: index) {
        takeBack(taken)
        return .borrows
      }
      occupy(slot, demand, on: index)
      taken.append(slot)
    }
    guard taken.count <= free else {
      takeBack(taken)
      return .full
    }
    leaveQueue(head)
    gangs[id]?.isQueued = false
    gangs[id]?.gathered = 0
    let placements = gang.members.map { beginAttempt($0) }
    return .placed(placements, on: Set(gang.members.map { items[Int($0)].cluster }))
  }

  /// Whether all could fit, at the price of a look at each of the clusters.
  private mutating func hasRoom(for count: Int, _ head: Slot, _ demand: Demand) -> Bool {
    let item = items[Int(head)]
    let group = groups[item.group]
    if let left = pools[item.pool].left, left.count(of: demand, limit: count) < count {
      // When it may hold more it is looked at again.
      pools[item.pool].isHeldBack = true
      return false
    }
    var found = 0
    for index in clustersOf(item) where group.accepts(table.rows[index].gpuModel) {
      let room = table.rows[index].room(for: item.key)
      guard room.fits(demand) else { continue }
      let hidden = clusters[index].reservation.map { $0.key < item.key ? $0.devices : [] } ?? []
      found += clusters[index].count(of: demand, in: room, hidden: hidden, limit: count - found)
      if found >= count { return true }
    }
    return false
  }

  /// Those that it may run on.
  private func clustersOf(_ item: QueuedItem) -> [Int] {
    guard let target = item.target else { return pools[item.pool].clusters }
    return indexOfBook(target, for: item.pool).map { [$0] } ?? []
  }

  /// Room that was taken in this decision is as it was before: nobody has more of it.
  private mutating func takeBack(_ slots: [Slot]) {
    for slot in slots.reversed() {
      guard let cluster = vacate(slot)?.cluster else { continue }
      touch(cluster, grew: false)
    }
  }

  // MARK: - Reservations

  /// Room for all of the gang on as many clusters as that takes, or on none; of one gang an
  /// organization at a time, the first in the queue.
  mutating func reserveGang(_ head: Slot, _ demand: Demand) {
    let item = items[Int(head)]
    guard let gang = gangs[item.key.id] else { return }
    let count = gang.members.count
    if let other = pools[item.pool].reservedGang, let known = gangs[other] {
      guard item.key < items[Int(known.head)].key else { return }
    }
    let options = clustersToReserve(head, demand, count: count)
    guard options.could >= count else {
      forgetOverdue(head)
      items[Int(head)].isHopeless = true
      pools[item.pool].hopeless.insert(head)
      return
    }
    guard options.shares.reduce(0, { $0 + $1.count }) >= count else { return }
    if let other = pools[item.pool].reservedGang, let known = gangs[other] { displace(known.head) }
    forgetOverdue(head)
    var missing = count
    for (share, slot) in zip(options.shares, gang.members) where missing > 0 {
      let part = min(share.count, missing)
      guard let together = demand.times(part) else { continue }
      if let holder = clusters[share.index].reservation?.slot { displace(holder) }
      keepRoom(
        on: share.index, for: slot, together,
        devices: clusters[share.index].pickDevicesToReserve(for: demand, count: part),
        replicas: part)
      missing -= part
    }
    pools[item.pool].reservedGang = item.key.id
  }

  private struct Share {
    let index: Int
    /// How many of the gang the cluster could hold if it were empty.
    let count: Int
    let deficit: Double
    /// The place in the queue of who it is reserved for by now, behind the gang.
    let holder: QueueKey?
  }

  /// Clusters that could keep room for some of the gang, the best first: those that nobody has
  /// reserved and that lack least, then those whose holder stands last in the queue. And how many
  /// all clusters could hold, were they empty and nobody before it.
  private func clustersToReserve(
    _ head: Slot, _ demand: Demand, count: Int
  ) -> (shares: [Share], could: Int) {
    let item = items[Int(head)]
    if let ceiling = pools[item.pool].ceiling, ceiling.count(of: demand, limit: count) < count {
      return ([], 0)
    }
    let isWithinCeiling = pools[item.pool].left.map { $0.count(of: demand, limit: count) >= count }
    var could = 0
    var shares: [Share] = []
    for index in clustersOf(item) where isEligible(head, on: index) {
      let whenEmpty = clusters[index].most(of: demand, limit: count)
      could = min(count, could + whenEmpty)
      // Who would borrow gets none.
      let claimed = clusters[index].quota.map {
        ($0.guaranteed - $0.held).count(of: demand, limit: whenEmpty)
      }
      let most = claimed ?? whenEmpty
      guard isWithinCeiling ?? true, most > 0, let together = demand.times(most) else { continue }
      let holder = clusters[index].reservation?.key
      if let holder, holder <= item.key { continue }
      shares.append(
        Share(
          index: index, count: most,
          deficit: clusters[index].deficit(together, in: table.rows[index].room) / Double(most),
          holder: holder))
    }
    shares.sort { a, b in
      switch (a.holder, b.holder) {
      case (nil, _?): true
      case (_?, nil): false
      case (let first?, let second?) where first != second: first > second
      default: (a.deficit, clusters[a.index].id) < (b.deficit, clusters[b.index].id)
      }
    }
    return (shares, could)
  }

  mutating func dropReservations(ofGang id: DeploymentID) {
    guard let gang = gangs[id], gang.reservations > 0 else { return }
    for slot in gang.members where slot != QueueForest.noSlot { dropReservation(of: slot) }
  }
}
