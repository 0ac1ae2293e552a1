import HeapModule

/// What an organization has borrowed on a shared cluster is taken back by whom it is guaranteed to:
/// by preemption, of those organizations' work that hold more than they are guaranteed there.
extension SchedulingEngine {
  /// The quota of a book was set.
  mutating func reclaimChanged(_ index: Int) {
    let pool = clusters[index].pool
    if let quota = clusters[index].quota, quota.reclaim != .never {
      pools[pool].reclaiming.insert(index)
    } else if pools[pool].reclaiming.remove(index) == nil {
      return
    }
    var most: Amounts?
    for index in pools[pool].reclaiming {
      most = most ?? Amounts.none
      if let quota = clusters[index].quota { most?.formMost(quota.guaranteed) }
    }
    guard most != pools[pool].mostReclaimed else { return }
    pools[pool].mostReclaimed = most
    if most != nil { lookAtAll(pool) }
  }

  /// Those who were found to fit nowhere may look for victims now.
  private mutating func lookAtAll(_ pool: Int) {
    for slot in items.indices where items[slot].pool == pool && items[slot].phase == .ready {
      guard !items[slot].isFresh else { continue }
      items[slot].isFresh = true
      pools[pool].fresh.insert(
        FreshEntry(
          key: items[slot].key, slot: Slot(slot), generation: items[slot].generation))
      activate(pool)
    }
  }

  /// Whether there may be a cluster where it can reclaim; who cannot be within a guarantee cannot.
  func mayReclaim(_ item: QueuedItem, _ demand: Demand) -> Bool {
    pools[item.pool].mostReclaimed?.covers(Amounts(demand)) ?? false
  }

  /// Work of other organizations on the cluster of a book that the item may take the place of:
  /// whose organizations hold more than they are guaranteed, while the item's own stays within.
  func borrowers(on index: Int, for item: QueuedItem, _ demand: Demand, now: Instant) -> [Victim] {
    guard let quota = clusters[index].quota, quota.reclaim != .never, quota.claims(demand) else {
      return []
    }
    return clusters[index].others.filter { isBorrowing($0, demand) }.flatMap { other in
      clusters[other].holders.compactMap { slot in
        quota.reclaim.takes(items[Int(slot)].key.priority, for: item.key.priority)
          ? victim(slot, book: other, isBorrower: true, now: now) : nil
      }
    }
  }

  private func isBorrowing(_ index: Int, _ demand: Demand) -> Bool {
    let (all, asked) = (Amounts.unlimited, Amounts(demand))
    return clusters[index].quota?.hasLent(to: all, of: asked) ?? false
  }

  /// In all books but those of its own organization, who reclaims stands before everyone.
  mutating func hideClaim(_ index: Int) {
    guard let reservation = clusters[index].reservation, reservation.isClaim else { return }
    let item = items[Int(reservation.slot)]
    let isOwn = item.pool == clusters[index].pool
    clusters[index].reservation?.key = isOwn ? item.key : .claim
  }
}
