extension SchedulingEngine {
  mutating func setCluster(_ cluster: Cluster) {
    let owner: Int
    if let known = clusterIndexes[cluster.id] {
      owner = known
      if isAsBefore(cluster, clusters[owner]) { return }
      if !clusters[owner].isRemoved { count(owner, sign: -1) }
    } else {
      owner = addBook(of: cluster.id, for: poolIndex(cluster.organization))
      clusterIndexes[cluster.id] = owner
    }
    for quota in cluster.quotas { _ = book(of: owner, for: poolIndex(quota.organization)) }
    let books = booksOfCluster(owner)
    for index in books {
      let quota = cluster.quota(of: pools[clusters[index].pool].organization)
      clusters[index].isRemoved = quota == nil
      clusters[index].hasLostAgent = lostAgents.contains(cluster.id)
      clusters[index].setCapacity(cluster.capacity, gpuModel: cluster.gpuModel)
      setQuota(index, books.count == 1 && cluster.quotas.isEmpty ? nil : quota)
      table.setGPUModel(index, cluster.gpuModel)
    }
    count(owner, sign: 1)
    if let held = orphans.removeValue(forKey: cluster.id) { adopt(held, on: owner) }
    capacityChanged(owner)
  }

  private func isAsBefore(_ cluster: Cluster, _ book: ClusterBook) -> Bool {
    guard
      book.cpu == cluster.capacity.cpu.value && book.memory == cluster.capacity.memory.value
        && book.deviceCount == Int(cluster.capacity.gpu.value / MilliGPU.device.value)
        && book.gpuModel == cluster.gpuModel && !book.isRemoved
    else { return false }
    if cluster.quotas.isEmpty, book.others.isEmpty, book.quota == nil { return true }
    return ([clusterIndexes[book.id] ?? 0] + book.others).allSatisfy { index in
      let quota = cluster.quota(of: pools[clusters[index].pool].organization)
      guard let known = clusters[index].quota else { return false }
      return clusters[index].isRemoved == (quota == nil)
        && (quota == nil || quotaBook(quota, held: known.held) == known)
    }
      && cluster.quotas.allSatisfy { quota in
        poolIndexes[quota.organization].map { indexOfBook(cluster.id, for: $0) != nil } ?? false
      }
  }

  mutating func removeCluster(_ id: ClusterID) {
    guard let owner = clusterIndexes[id], !clusters[owner].isRemoved else { return }
    count(owner, sign: -1)
    for index in booksOfCluster(owner) { clusters[index].isRemoved = true }
    capacityChanged(owner)
  }

  mutating func setLostAgents(_ lost: Set<ClusterID>) {
    let changed = lost.symmetricDifference(lostAgents)
    lostAgents = lost
    for owner in changed.compactMap({ clusterIndexes[$0] }).sorted() {
      for index in booksOfCluster(owner) {
        clusters[index].hasLostAgent = lost.contains(clusters[index].id)
      }
      capacityChanged(owner)
    }
  }

  private mutating func capacityChanged(_ owner: Int) {
    let books = booksOfCluster(owner)
    for index in books { pools[clusters[index].pool].placement.capacityChanged() }
    if let reservation = clusters[owner].reservation,
      // How many of a gang it could hold may have changed.
      items[Int(reservation.slot)].isInGang
        || !isEligible(reservation.slot, on: items[Int(reservation.slot)].reservedOn)
    {
      // It is overdue still: another cluster may keep room for it.
      displace(reservation.slot)
    }
    touch(owner, grew: true)
    for index in books { reviveHopeless(clusters[index].pool) }
  }

  private mutating func count(_ index: Int, sign: Int64) {
    totalCPU += sign * clusters[index].cpu
    totalMemory += Int128(sign * clusters[index].memory)
    totalMilliGPU += sign * Int64(clusters[index].deviceCount) * MilliGPU.device.value
  }

  /// Says that a cluster's room or reservation changed, to all organizations that may run there;
  /// `grew`: for somebody there may be more room.
  mutating func touch(_ index: Int, grew: Bool) {
    touchBook(index, grew: grew)
    for other in clusters[index].others { touchBook(other, grew: grew) }
  }

  private mutating func touchBook(_ index: Int, grew: Bool) {
    table.write(index, clusters[index])
    let pool = clusters[index].pool
    pools[pool].placement.write(clusters[index], model: table.rows[index].gpuModel)
    if grew { list(index) }
  }

  /// The queue is to be held against the cluster.
  mutating func list(_ index: Int) {
    let pool = clusters[index].pool
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
    guard pools[item.pool].ceiling?.covers(Amounts(demand)) ?? true else { return false }
    return clusters[index].accepts(item.gpuModels) && clusters[index].couldHold(demand)
  }
}
