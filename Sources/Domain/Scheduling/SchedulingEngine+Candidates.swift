import HeapModule

/// Holds clusters with new room against the queue. The cost follows the clusters that grew and the
/// deployments that fit, not the length of the queue.
extension SchedulingEngine {
  /// The first in the queue that may fit where room has grown.
  mutating func firstCandidate(_ pool: Int) -> Slot? {
    gather(pool)
    while let top = pools[pool].candidates.min {
      if items[Int(top.slot)].generation == top.generation { return top.slot }
      // It went elsewhere. Everybody who had it in view goes on together.
      goOn(pool, past: top.key, hasMissed: false)
    }
    return nil
  }

  /// The candidate at `key` fitted on none of those that it was found for.
  mutating func missed(_ pool: Int, _ key: QueueKey) {
    goOn(pool, past: key, hasMissed: true)
  }

  /// Clusters that grew are held against the queue from its head.
  private mutating func gather(_ pool: Int) {
    guard !pools[pool].grown.isEmpty else { return }
    var byModel: [Int: [(index: Int, growth: UInt64)]] = [:]
    for index in pools[pool].grown {
      clusters[index].isListed = false
      guard clusters[index].isUsable else { continue }
      byModel[table.rows[index].gpuModel, default: []].append((index, clusters[index].growth))
    }
    pools[pool].grown.removeAll(keepingCapacity: true)
    for model in byModel.keys.sorted() {
      follow(pool, RoomyClusters(members: byModel[model] ?? []))
    }
  }

  private mutating func goOn(_ pool: Int, past key: QueueKey, hasMissed: Bool) {
    var merged: [Int: RoomyClusters] = [:]
    while let top = pools[pool].candidates.min, top.key == key {
      pools[pool].candidates.removeMin()
      guard var roomy = pools[pool].roomy.removeValue(forKey: top.roomy) else { continue }
      roomy.members.removeAll { clusters[$0.index].growth != $0.growth }
      guard let first = roomy.members.first else { continue }
      roomy.after = key
      if hasMissed {
        roomy.misses += 1
        part(pool, roomy)
      } else {
        let model = table.rows[first.index].gpuModel
        merged[model, default: RoomyClusters(members: [], after: key)].members += roomy.members
      }
    }
    for model in merged.keys.sorted() {
      if let roomy = merged[model] { follow(pool, roomy) }
    }
  }

  /// Goes on with them, in two halves if together they only miss: those with more CPU, and the
  /// others.
  private mutating func part(_ pool: Int, _ roomy: RoomyClusters) {
    guard roomy.misses >= SchedulingLimits.missesBeforeParting, roomy.members.count > 1 else {
      follow(pool, roomy)
      return
    }
    let ordered = roomy.members.sorted { a, b in
      let (left, right) = (table.rows[a.index], table.rows[b.index])
      return left.room.cpu != right.room.cpu ? left.room.cpu < right.room.cpu : left.id < right.id
    }
    let half = ordered.count / 2
    follow(pool, RoomyClusters(members: Array(ordered[..<half]), after: roomy.after))
    follow(pool, RoomyClusters(members: Array(ordered[half...]), after: roomy.after))
  }

  /// Finds their next candidate; without one they are done.
  private mutating func follow(_ pool: Int, _ roomy: RoomyClusters) {
    guard let slot = firstFitting(pool, roomy) else { return }
    pools[pool].lastRoomy += 1
    let id = pools[pool].lastRoomy
    pools[pool].roomy[id] = roomy
    pools[pool].candidates.insert(
      CandidateEntry(
        key: items[Int(slot)].key, slot: slot, generation: items[Int(slot)].generation, roomy: id))
  }

  private mutating func firstFitting(_ pool: Int, _ roomy: RoomyClusters) -> Slot? {
    guard let first = roomy.members.first else { return nil }
    var most = Most()
    for member in roomy.members { most.add(table.rows[member.index]) }
    cap(&most, pool)
    let model = table.rows[first.index].gpuModel
    var best: Slot?
    for group in pools[pool].openGroups where groups[group].accepts(model) {
      take(firstFitting(in: groups[group], most, after: roomy.after), &best)
    }
    for member in roomy.members {
      for group in clusters[member.index].pinnedGroups where groups[group].accepts(model) {
        var own = Most()
        own.add(table.rows[member.index])
        cap(&own, pool)
        take(firstFitting(in: groups[group], own, after: roomy.after), &best)
      }
    }
    return best
  }

  private mutating func cap(_ most: inout Most, _ pool: Int) {
    guard pools[pool].ceiling != nil else { return }
    most.room = capped(most.room, pool)
    most.roomBehind = capped(most.roomBehind, pool)
  }

  private func take(_ found: Slot?, _ best: inout Slot?) {
    guard let found else { return }
    if let known = best, items[Int(known)].key <= items[Int(found)].key { return }
    best = found
  }

  /// The most that clusters have, before and behind their reservations.
  private struct Most {
    var room = Room.none
    var roomBehind = Room.none
    /// Behind all reservations from here on.
    var lastReservedFor: QueueKey?

    mutating func add(_ row: ClusterTable.Row) {
      room.formMost(row.room)
      roomBehind.formMost(row.roomBehind)
      guard let key = row.reservedFor else { return }
      lastReservedFor = lastReservedFor.map { max($0, key) } ?? key
    }
  }

  private func firstFitting(in group: QueueGroup, _ most: Most, after: QueueKey?) -> Slot? {
    guard group.root != QueueForest.noSlot else { return nil }
    let kind = group.key.kind
    let found = forest.first(in: group.root, fitting: most.room, kind: kind, after: after)
    guard let found, let reserved = most.lastReservedFor, items[Int(found)].key > reserved else {
      return found
    }
    return forest.first(
      in: group.root, fitting: most.roomBehind, kind: kind,
      after: after.map { max($0, reserved) } ?? reserved)
  }
}
