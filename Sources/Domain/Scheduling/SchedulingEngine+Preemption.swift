import HeapModule

/// Room for deployments of classes that preempt, and for what organizations reclaim. Only for what
/// fits nowhere now, once an attempt of it; what is freed is kept for it by a reservation, and it
/// is placed when it fits as any other.
extension SchedulingEngine {
  /// A deployment fitted nowhere: looks for victims at the end of this call of `decide`.
  mutating func wantPreemption(_ slot: Slot) {
    let item = items[Int(slot)]
    guard !item.isPreemptor, !item.isInGang, item.phase == .ready, let demand = item.demand,
      item.preemptedFor != item.progress.attempt + 1,
      item.preempts || mayReclaim(item, demand)
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
      victims: best.victims.map { victim in
        Preemption.Victim(
          deployment: victim.id, attempt: items[Int(victim.slot)].progress.attempt,
          isReclaimed: victim.isBorrower)
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
  /// dearest first, each that turns out not to be needed is left alone. Who borrows is taken only
  /// while its organization, without those that were taken before, still holds what it borrowed.
  private func victims(
    on index: Int, for slot: Slot, _ demand: Demand, now: Instant
  ) -> VictimSet? {
    let item = items[Int(slot)]
    let ordered = candidates(on: index, for: item, demand, now: now).sorted()
    var book = clusters[index]
    book.reservation = nil
    var trial = EndingTrial(
      book: book, left: pools[item.pool].left, key: item.key, demand: demand)
    var quotas: [Int: QuotaBook] = [:]
    var taken: [Victim] = []
    for victim in ordered.prefix(SchedulingLimits.victims) {
      if trial.fits { break }
      if victim.isBorrower {
        guard var quota = quotas[victim.book] ?? clusters[victim.book].quota,
          quota.hasLent(to: Amounts(victim.demand), of: Amounts(demand))
        else { continue }
        quota.held = quota.held - Amounts(victim.demand)
        quotas[victim.book] = quota
      }
      trial.end(holder(victim))
      taken.append(victim)
    }
    guard trial.fits, !taken.isEmpty else { return nil }
    let needed = trial.spare(taken.reversed(), holder)
    return VictimSet(
      index: index, cluster: clusters[index].id, victims: needed, book: trial.book)
  }

  private func holder(_ victim: Victim) -> EndingTrial.Holder {
    EndingTrial.Holder(
      demand: victim.demand, devices: items[Int(victim.slot)].devices,
      isOwn: !victim.isBorrower)
  }

  /// Those on the cluster whose place it may take.
  private func candidates(
    on index: Int, for item: QueuedItem, _ demand: Demand, now: Instant
  ) -> [Victim] {
    let own =
      item.preempts
      ? clusters[index].holders.compactMap { slot in
        items[Int(slot)].key.priority < item.key.priority
          ? victim(slot, book: index, isBorrower: false, now: now) : nil
      } : []
    return own + borrowers(on: index, for: item, demand, now: now)
  }

  /// One that holds on the cluster of a book of its own organization; nil: it is protected still,
  /// has no attempt left, or is about to go.
  func victim(_ slot: Slot, book: Int, isBorrower: Bool, now: Instant) -> Victim? {
    let item = items[Int(slot)]
    guard let demand = item.demand, item.phase == .holding, !item.isPreempted,
      !item.isExpiring, item.progress.attempt < item.maxAttempts, let heldSince = item.heldSince,
      heldSince + item.protection <= now, !item.isInGang || mayGangGo(item, now: now)
    else { return nil }
    return Victim(
      slot: slot, book: book, demand: demand, priority: item.key.priority,
      isBorrower: isBorrower, isInGang: item.isInGang, run: (now - heldSince).microseconds,
      id: item.id)
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
    for victim in best.victims { items[Int(victim.slot)].isPreempted = true }
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
      clusters[book].reservation?.isClaim = best.isReclaim
      hideClaim(book)
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
