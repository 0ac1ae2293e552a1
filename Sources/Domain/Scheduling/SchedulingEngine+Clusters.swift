extension SchedulingEngine {
  mutating func setCluster(_ cluster: Cluster) {
    let index: Int
    if let known = clusterIndexes[cluster.id] {
      index = known
      let book = clusters[index]
      let isSame =
        book.cpu == cluster.capacity.cpu.value && book.memory == cluster.capacity.memory.value
        && book.deviceCount == Int(cluster.capacity.gpu.value / MilliGPU.device.value)
        && book.gpuModel == cluster.gpuModel && !book.isRemoved
      if isSame { return }
      // A removed one counts for nothing already.
      if !book.isRemoved { count(index, sign: -1) }
    } else {
      let pool = poolIndex(cluster.organization)
      index = clusters.count
      clusters.append(ClusterBook(id: cluster.id, pool: pool))
      clusters[index].pinnedGroups = pools[pool].groupsByTarget[cluster.id] ?? []
      table.add(cluster.id)
      clusterIndexes[cluster.id] = index
      addMember(index, to: pool)
    }
    clusters[index].isRemoved = false
    clusters[index].hasLostAgent = lostAgents.contains(cluster.id)
    clusters[index].setCapacity(cluster.capacity, gpuModel: cluster.gpuModel)
    table.setGPUModel(index, cluster.gpuModel)
    count(index, sign: 1)
    for slot in orphans.removeValue(forKey: cluster.id)?.sorted() ?? [] { hold(slot, on: index) }
    capacityChanged(index)
  }

  mutating func removeCluster(_ id: ClusterID) {
    guard let index = clusterIndexes[id], !clusters[index].isRemoved else { return }
    count(index, sign: -1)
    clusters[index].isRemoved = true
    capacityChanged(index)
  }

  mutating func setLostAgents(_ lost: Set<ClusterID>) {
    let changed = lost.symmetricDifference(lostAgents)
    lostAgents = lost
    for index in changed.compactMap({ clusterIndexes[$0] }).sorted() {
      clusters[index].hasLostAgent = lost.contains(clusters[index].id)
      capacityChanged(index)
    }
  }

  private mutating func capacityChanged(_ index: Int) {
    pools[clusters[index].pool].placement.capacityChanged()
    if let reservation = clusters[index].reservation,
      !isEligible(reservation.slot, on: index)
    {
      // It is overdue still: another cluster may keep room for it.
      dropReservation(of: reservation.slot)
      markOverdue(reservation.slot)
    }
    touch(index, grew: true)
    reviveHopeless(clusters[index].pool)
  }

  private mutating func count(_ index: Int, sign: Int64) {
    totalCPU += sign * clusters[index].cpu
    totalMemory += sign * clusters[index].memory
    totalMilliGPU += sign * Int64(clusters[index].deviceCount) * MilliGPU.device.value
  }

  /// Says that a cluster's room or reservation changed; `grew`: for somebody there may be more
  /// room.
  mutating func touch(_ index: Int, grew: Bool) {
    table.write(index, clusters[index])
    let pool = clusters[index].pool
    pools[pool].placement.write(clusters[index], model: table.rows[index].gpuModel)
    guard grew else { return }
    clusters[index].growth &+= 1
    pools[pool].misses.removeAll(keepingCapacity: true)
    guard !clusters[index].isListed else { return }
    clusters[index].isListed = true
    pools[pool].grown.append(index)
    activate(pool)
  }

  /// Whether the item may run on the cluster, were it empty.
  func isEligible(_ slot: Slot, on index: Int) -> Bool {
    let item = items[Int(slot)]
    guard let demand = item.demand, item.pool == clusters[index].pool else { return false }
    if let target = item.target, target != clusters[index].id { return false }
    return clusters[index].accepts(item.gpuModels) && clusters[index].couldHold(demand)
  }
}
