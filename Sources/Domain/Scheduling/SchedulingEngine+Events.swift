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
    }
  }

  // MARK: - Deployments

  private mutating func setDeployment(_ deployment: Deployment) {
    guard let slot = slots[deployment.id] else {
      guard !deployment.state.isFinal else { return }
      let slot = makeSlot(item(of: deployment))
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
      guard deployment.state == .queued else { return }
      let isSame =
        known.key.priority == deployment.priority && known.notBefore == deployment.notBefore
      if isSame { return }
    } else if deployment.state.holdsResources, known.phase == .holding || known.phase == .placing,
      known.progress.attempt == deployment.attempt, known.clusterID == deployment.placedCluster,
      known.devices == deployment.gpuDevices
    {
      // The attempt went on where it is: the books are right.
      if known.phase == .placing { setPhase(slot, .holding) }
      items[Int(slot)].progress = deployment.progress
      return
    }
    leave(slot)
    let generation = items[Int(slot)].generation
    let phase = items[Int(slot)].phase
    items[Int(slot)] = item(of: deployment)
    items[Int(slot)].generation = generation
    items[Int(slot)].phase = phase
    enter(slot, as: deployment)
  }

  private mutating func item(of deployment: Deployment) -> QueuedItem {
    let demand = Demand(deployment.request)
    return QueuedItem(
      id: deployment.id,
      key: QueueKey(
        priority: deployment.priority, createdAt: deployment.createdAt, id: deployment.id),
      pool: poolIndex(deployment.organization), demand: demand, progress: deployment.progress,
      waitingSince: max(deployment.createdAt, deployment.notBefore ?? deployment.createdAt),
      notBefore: deployment.notBefore, target: deployment.requestedCluster,
      gpuModels: demand?.kind == .noGPU ? [] : Set(deployment.gpuModels).sorted())
  }

  /// Puts an item that is nowhere to where its deployment is.
  private mutating func enter(_ slot: Slot, as deployment: Deployment) {
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
    }
  }

  /// Until `notBefore` asleep, then queued; `decide` wakes it, so that the engine needs no clock
  /// here.
  private mutating func sleepOrQueue(_ slot: Slot) {
    guard items[Int(slot)].demand != nil else {
      setPhase(slot, .impossible)
      return
    }
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
    case .none, .impossible, .sleeping: break
    case .ready: leaveQueue(slot)
    case .placing, .holding: release(slot)
    }
  }

  mutating func leaveQueue(_ slot: Slot) {
    let group = items[Int(slot)].group
    groups[group].root = forest.remove(slot, from: groups[group].root)
    items[Int(slot)].group = -1
    items[Int(slot)].isFresh = false
    forgetOverdue(slot)
    dropReservation(of: slot)
  }

  // MARK: - Decisions come back

  private mutating func confirm(_ placement: Placement) {
    guard let slot = slots[placement.deployment], items[Int(slot)].phase == .placing,
      items[Int(slot)].progress.attempt == placement.attempt
    else { return }
    setPhase(slot, .holding)
    items[Int(slot)].progress = DeploymentProgress(attempt: placement.attempt, state: .scheduled)
  }

  private mutating func refuse(_ placement: Placement, retryAt: Instant) {
    guard let slot = slots[placement.deployment], items[Int(slot)].phase == .placing,
      items[Int(slot)].progress.attempt == placement.attempt
    else { return }
    release(slot)
    items[Int(slot)].progress = DeploymentProgress(attempt: placement.attempt - 1, state: .queued)
    items[Int(slot)].notBefore = retryAt
    sleepOrQueue(slot)
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
    for other in clusters[cluster].others {
      clusters[other].hold(demand, devices: items[Int(slot)].devices)
    }
    if let held = clusters[cluster].quota?.held {
      clusters[cluster].quota?.held = held + Amounts(demand)
    }
    pools[pool].heldCPU += demand.cpu
    pools[pool].heldMemory += Int128(demand.memory)
    pools[pool].heldMilliGPU += demand.milliGPU
    touch(cluster, grew: false)
  }

  private mutating func release(_ slot: Slot) {
    let item = items[Int(slot)]
    items[Int(slot)].cluster = -1
    items[Int(slot)].clusterID = nil
    items[Int(slot)].devices = []
    items[Int(slot)].backfillOf = 0
    guard item.cluster >= 0, let demand = item.demand else {
      if let id = item.clusterID {
        orphans[id]?.remove(slot)
        if orphans[id]?.isEmpty == true { orphans[id] = nil }
      }
      return
    }
    release(item, demand, from: item.cluster)
    for other in clusters[item.cluster].others { release(item, demand, from: other) }
    if let held = clusters[item.cluster].quota?.held {
      clusters[item.cluster].quota?.held = held - Amounts(demand)
    }
    pools[item.pool].heldCPU -= demand.cpu
    pools[item.pool].heldMemory -= Int128(demand.memory)
    pools[item.pool].heldMilliGPU -= demand.milliGPU
    ceilingGrew(item.pool)
    if pools[item.pool].ceiling != nil || clusters[item.cluster].quota != nil,
      pools[item.pool].hasOverdue
    {
      // Who waited for the quota, not for room, may have a reservation now.
      pools[item.pool].wantsReservations = true
    }
    touch(item.cluster, grew: true)
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
