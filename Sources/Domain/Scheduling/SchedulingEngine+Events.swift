import HeapModule

extension SchedulingEngine {
  package mutating func apply(_ event: SchedulingEvent) {
    switch event {
    case .cluster(let cluster): setCluster(cluster)
    case .clusterRemoved(let id): removeCluster(id)
    case .quota(let quota): setQuota(quota)
    case .agentsLost(let lost): setLostAgents(lost)
    case .deployment(let deployment): setDeployment(deployment)
    case .confirmed(let placement): confirm(placement)
    case .refused(let placement, let retryAt): refuse(placement, retryAt: retryAt)
    case .expirationRefused(let expiration, let retryAt): keep(expiration, retryAt: retryAt)
    case .preemptionSettled(let preemption, let moved, let retryAt):
      settle(preemption, moved: moved, retryAt: retryAt)
    }
  }

  // MARK: - Deployments

  private mutating func setDeployment(_ deployment: Deployment) {
    guard let slot = slots[deployment.id] else {
      guard !deployment.state.isFinal else { return }
      _ = poolIndex(deployment.organization)
      let slot = makeSlot(item(of: deployment))
      if let gang = deployment.gang { join(slot, gang) }
      learn(slot)
      enter(slot, as: deployment)
      return
    }
    if deployment.state.isFinal {
      leave(slot)
      freeSlot(slot)
      return
    }
    let known = items[Int(slot)]
    guard deployment.progress >= known.progress else { return }
    if deployment.progress == known.progress {
      // While it is queued it may be changed, which is no progress.
      guard deployment.updatedAt >= known.updatedAt else { return }
      if isAsKnown(deployment, known) {
        note(slot, deployment)
        return
      }
    } else if isAsKnown(deployment, known) {
      // The attempt went on where it is: the books are right.
      items[Int(slot)].progress = deployment.progress
      note(slot, deployment)
      if known.phase == .placing {
        setPhase(slot, .holding)
        armTimeLimit(slot)
      }
      return
    }
    leave(slot)
    replace(slot, by: item(of: deployment))
    enter(slot, as: deployment)
  }

  /// Whether the news change nothing of the books: it is queued as it was, or holds where it did.
  private func isAsKnown(_ deployment: Deployment, _ known: QueuedItem) -> Bool {
    guard known.demand == Demand(deployment.request) else { return false }
    if deployment.state.holdsResources {
      return known.phase == .holding || known.phase == .placing
        ? known.progress.attempt == deployment.attempt
          && known.clusterID == deployment.placedCluster
          && known.devices == deployment.gpuDevices
        : false
    }
    let news = item(of: deployment)
    return known.progress == news.progress && known.key == news.key
      && known.notBefore == news.notBefore && known.gpuModels == news.gpuModels
      && known.queueEndsAt == news.queueEndsAt && known.startBy == news.startBy
      && known.preempts == news.preempts && known.protection == news.protection
      && known.maxAttempts == news.maxAttempts
  }

  /// What news say beside where it holds.
  private mutating func note(_ slot: Slot, _ deployment: Deployment) {
    items[Int(slot)].updatedAt = deployment.updatedAt
    guard deployment.state.holdsResources else { return }
    let isRunning = deployment.state == .running
    items[Int(slot)].protection = deployment.terms.protection
    items[Int(slot)].heldSince = deployment.scheduledAt
    items[Int(slot)].isRunning = isRunning
    if isRunning { items[Int(slot)].isExpiring = false }
  }

  /// Another state of the same deployment, which is nowhere in the books.
  private mutating func replace(_ slot: Slot, by item: QueuedItem) {
    let old = items[Int(slot)]
    items[Int(slot)] = item
    items[Int(slot)].generation = old.generation
    items[Int(slot)].phase = old.phase
    items[Int(slot)].timerStamp = old.timerStamp
    if old.progress.attempt == item.progress.attempt {
      items[Int(slot)].preemptedFor = old.preemptedFor
    }
    if old.demand != item.demand { learn(slot) }
  }

  func item(of deployment: Deployment) -> QueuedItem {
    let (demand, terms) = (Demand(deployment.request), deployment.terms)
    return QueuedItem(
      id: deployment.id,
      key: QueueKey(of: deployment),
      pool: poolIndexes[deployment.organization] ?? 0, demand: demand,
      progress: deployment.progress,
      waitingSince: max(deployment.createdAt, deployment.notBefore ?? deployment.createdAt),
      notBefore: deployment.notBefore, target: deployment.requestedCluster,
      gpuModels: demand?.kind == .noGPU ? [] : Set(deployment.gpuModels).sorted(),
      isInGang: deployment.gang != nil,
      queueEndsAt: deployment.queueEndsAt, startBy: deployment.mustRunBy,
      isRunning: deployment.state == .running,
      preempts: terms.preempts, maxAttempts: deployment.maxAttempts,
      protection: terms.protection,
      heldSince: deployment.state.holdsResources ? deployment.scheduledAt : nil,
      updatedAt: deployment.updatedAt)
  }

  /// Puts an item that is nowhere to where its deployment is.
  private mutating func enter(_ slot: Slot, as deployment: Deployment) {
    defer { armTimeLimit(slot) }
    guard deployment.state.holdsResources else {
      sleepOrQueue(slot)
      return
    }
    setPhase(slot, .holding)
    items[Int(slot)].clusterID = deployment.placedCluster
    items[Int(slot)].devices = deployment.gpuDevices.filter { (0..<1_024).contains($0) }
    guard let id = deployment.placedCluster else { return }
    if let cluster = clusterIndexes[id] {
      hold(slot, on: cluster)
    } else {
      orphans[id, default: []].insert(slot)
      countHeld(slot, sign: 1)
    }
  }

  /// Until `notBefore` asleep, then queued; `decide` wakes it, so that the engine needs no clock
  /// here.
  mutating func sleepOrQueue(_ slot: Slot) {
    guard items[Int(slot)].demand != nil else {
      setPhase(slot, .impossible)
      return
    }
    if items[Int(slot)].isInGang { gather(slot) } else { queueUp(slot) }
  }

  mutating func queueUp(_ slot: Slot) {
    guard let notBefore = items[Int(slot)].notBefore else {
      enqueue(slot)
      return
    }
    setPhase(slot, .sleeping)
    sleeping.insert(
      TimerEntry(at: notBefore, slot: slot, generation: items[Int(slot)].generation))
  }

  mutating func enqueue(_ slot: Slot) {
    guard let demand = items[Int(slot)].demand else { return }
    setPhase(slot, .ready)
    let item = items[Int(slot)]
    let group = groupIndex(
      QueueGroup.Key(
        pool: item.pool, target: item.target, gpuModels: item.gpuModels, kind: demand.kind))
    groups[group].root = forest.insert(
      slot, key: item.key, demand: demand, into: groups[group].root)
    items[Int(slot)].group = group
    items[Int(slot)].isFresh = true
    pools[item.pool].fresh.insert(
      FreshEntry(key: item.key, slot: slot, generation: item.generation))
    activate(item.pool)
    waiting.insert(
      TimerEntry(
        at: item.waitingSince + configuration.reservationAfter, slot: slot,
        generation: item.generation))
  }

  private mutating func groupIndex(_ key: QueueGroup.Key) -> Int {
    if let index = groupIndexes[key] { return index }
    groups.append(
      QueueGroup(key: key, modelNumbers: key.gpuModels.map { table.number(of: $0) }))
    let index = groups.count - 1
    groupIndexes[key] = index
    if let target = key.target {
      pools[key.pool].groupsByTarget[target, default: []].append(index)
      if let book = indexOfBook(target, for: key.pool) {
        clusters[book].pinnedGroups.append(index)
      }
    } else {
      pools[key.pool].openGroups.append(index)
    }
    return index
  }

  /// Takes an item out of wherever it is: the queue, its reservation, or what it holds.
  mutating func leave(_ slot: Slot) {
    switch items[Int(slot)].phase {
    case .none, .impossible: break
    case .gathered: leaveGathered(slot)
    case .sleeping, .expiring:
      if gangs[items[Int(slot)].key.id]?.isQueued == true { leaveGathered(slot) }
    case .ready: if items[Int(slot)].isInGang { leaveGathered(slot) } else { leaveQueue(slot) }
    case .placing, .holding: release(slot)
    }
  }

  mutating func leaveQueue(_ slot: Slot) {
    let group = items[Int(slot)].group
    groups[group].root = forest.remove(slot, from: groups[group].root)
    items[Int(slot)].group = -1
    items[Int(slot)].isFresh = false
    forgetOverdue(slot)
    forgetPreemptor(slot)
    if items[Int(slot)].isInGang {
      dropReservations(ofGang: items[Int(slot)].key.id)
    } else {
      dropReservation(of: slot)
    }
  }

  // MARK: - Decisions come back

  private mutating func confirm(_ placement: Placement) {
    guard let slot = slots[placement.deployment], items[Int(slot)].phase == .placing,
      items[Int(slot)].progress.attempt == placement.attempt
    else { return }
    setPhase(slot, .holding)
    items[Int(slot)].progress = DeploymentProgress(attempt: placement.attempt, state: .scheduled)
    armTimeLimit(slot)
  }

  private mutating func refuse(_ placement: Placement, retryAt: Instant) {
    guard let slot = slots[placement.deployment], items[Int(slot)].phase == .placing,
      items[Int(slot)].progress.attempt == placement.attempt
    else { return }
    release(slot)
    items[Int(slot)].progress = DeploymentProgress(attempt: placement.attempt - 1, state: .queued)
    items[Int(slot)].notBefore = retryAt
    sleepOrQueue(slot)
    armTimeLimit(slot)
  }

  // MARK: - Holding

  /// - Parameter cluster: any book of the cluster.
  mutating func hold(_ slot: Slot, on cluster: Int) {
    guard let demand = items[Int(slot)].demand else { return }
    let pool = items[Int(slot)].pool
    let cluster = clusters[cluster].pool == pool ? cluster : book(of: cluster, for: pool)
    items[Int(slot)].cluster = cluster
    items[Int(slot)].clusterID = clusters[cluster].id
    clusters[cluster].hold(demand, devices: items[Int(slot)].devices)
    clusters[cluster].holders.insert(slot)
    for other in clusters[cluster].others {
      clusters[other].hold(demand, devices: items[Int(slot)].devices)
    }
    if let held = clusters[cluster].quota?.held {
      clusters[cluster].quota?.held = held + Amounts(demand)
    }
    countHeld(slot, sign: 1)
    touch(cluster, grew: false)
  }

  /// The engine has heard of the cluster that they hold on.
  mutating func adopt(_ orphans: Set<Slot>, on cluster: Int) {
    for slot in orphans.sorted() {
      countHeld(slot, sign: -1)
      hold(slot, on: cluster)
      armTimeLimit(slot)
    }
  }

  /// What an organization holds counts wherever it is, for fairness and its limit on all clusters.
  private mutating func countHeld(_ slot: Slot, sign: Int64) {
    guard let demand = items[Int(slot)].demand else { return }
    let pool = items[Int(slot)].pool
    pools[pool].heldCPU += sign * demand.cpu
    pools[pool].heldMemory += Int128(sign * demand.memory)
    pools[pool].heldMilliGPU += sign * demand.milliGPU
  }

  private mutating func release(_ slot: Slot) {
    guard let item = vacate(slot) else { return }
    ceilingGrew(item.pool)
    if pools[item.pool].ceiling != nil || clusters[item.cluster].quota != nil,
      pools[item.pool].hasOverdue
    {
      // Who waited for the quota, not for room, may have a reservation now.
      pools[item.pool].wantsReservations = true
    }
    touch(item.cluster, grew: true)
  }

  /// Takes an item out of the books of its cluster and tells nobody. As it was before; nil: it was
  /// in none.
  mutating func vacate(_ slot: Slot) -> QueuedItem? {
    let item = items[Int(slot)]
    items[Int(slot)].cluster = -1
    items[Int(slot)].clusterID = nil
    items[Int(slot)].devices = []
    items[Int(slot)].backfillOf = 0
    guard item.cluster >= 0, let demand = item.demand else {
      if let id = item.clusterID, orphans[id]?.remove(slot) != nil {
        if orphans[id]?.isEmpty == true { orphans[id] = nil }
        countHeld(slot, sign: -1)
        ceilingGrew(item.pool)
        if pools[item.pool].ceiling != nil, pools[item.pool].hasOverdue {
          pools[item.pool].wantsReservations = true
          activate(item.pool)
        }
      }
      return nil
    }
    release(item, demand, from: item.cluster)
    clusters[item.cluster].holders.remove(slot)
    for other in clusters[item.cluster].others { release(item, demand, from: other) }
    if let held = clusters[item.cluster].quota?.held {
      clusters[item.cluster].quota?.held = held - Amounts(demand)
    }
    countHeld(slot, sign: -1)
    return item
  }

  private mutating func release(_ item: QueuedItem, _ demand: Demand, from index: Int) {
    clusters[index].release(demand, devices: item.devices)
    guard item.backfillOf != 0, clusters[index].reservation?.serial == item.backfillOf else {
      return
    }
    reservationChanged(index)
    clusters[index].reservation?.backfilledCPU -= demand.cpu
    clusters[index].reservation?.backfilledMemory -= demand.memory
  }
}
