/// Clusters that several organizations run on: one book for each, kept in step; and quotas.
extension SchedulingEngine {
  // MARK: - Books

  /// All books of the cluster that `index` is one of.
  func booksOfCluster(_ index: Int) -> [Int] { [index] + clusters[index].others }

  /// How the pool's organization sees the cluster; nil: it never had a right to run there.
  func indexOfBook(_ id: ClusterID, for pool: Int) -> Int? {
    guard let owner = clusterIndexes[id] else { return nil }
    if clusters[owner].pool == pool { return owner }
    return clusters[owner].others.first { clusters[$0].pool == pool }
  }

  mutating func addBook(of id: ClusterID, for pool: Int) -> Int {
    let index = clusters.count
    clusters.append(ClusterBook(id: id, pool: pool))
    clusters[index].pinnedGroups = pools[pool].groupsByTarget[id] ?? []
    table.add(id)
    addMember(index, to: pool)
    return index
  }

  /// How the pool's organization sees the cluster of `owner`; one that may not run there has a book
  /// of a removed cluster, which counts what it holds there nevertheless.
  mutating func book(of owner: Int, for pool: Int) -> Int {
    let id = clusters[owner].id
    if let known = indexOfBook(id, for: pool) { return known }
    if clusters[owner].quota == nil {
      clusters[owner].quota = QuotaBook(
        guaranteed: .unlimited, ceiling: .unlimited, held: ownHeld(owner))
    }
    let index = addBook(of: id, for: pool)
    let all = booksOfCluster(owner)
    for other in all { clusters[other].others.append(index) }
    clusters[index].others = all
    clusters[index].copyHeld(from: clusters[owner])
    hideClaim(index)
    clusters[index].isRemoved = true
    clusters[index].quota = QuotaBook(guaranteed: .none, ceiling: .none)
    return index
  }

  /// What is kept on the cluster is to be told, once for all of its books.
  mutating func reservationChanged(_ index: Int) {
    changedReservations.insert(clusterIndexes[clusters[index].id] ?? index)
  }

  // MARK: - Quotas

  /// - Parameter quota: nil: the only organization there, without one, or none that may run there.
  mutating func setQuota(_ index: Int, _ quota: ClusterQuota?) {
    let held = clusters[index].quota?.held ?? ownHeld(index)
    if quota == nil, clusters[index].others.isEmpty {
      clusters[index].quota = nil
    } else {
      clusters[index].quota = quotaBook(quota, held: held)
    }
    reclaimChanged(index)
  }

  func quotaBook(_ quota: ClusterQuota?, held: Amounts) -> QuotaBook {
    guard let quota else { return QuotaBook(guaranteed: .none, ceiling: .none, held: held) }
    return QuotaBook(
      guaranteed: Amounts(quota.guaranteed), ceiling: Amounts(quota.ceiling), held: held,
      reclaim: quota.reclaim)
  }

  /// What is held on a cluster that had one organization until now.
  private func ownHeld(_ index: Int) -> Amounts {
    let book = clusters[index]
    return Amounts(
      cpu: book.heldCPU, memory: book.heldMemory, milliGPU: book.devices.reduce(0, +))
  }

  mutating func setQuota(_ quota: OrganizationQuota) {
    let pool = poolIndex(quota.organization)
    let ceiling = quota.limit == .none ? nil : Amounts(quota.limit)
    guard pools[pool].ceiling != ceiling || pools[pool].weight != quota.weight.factor else {
      return
    }
    pools[pool].ceiling = ceiling
    pools[pool].weight = quota.weight.factor
    pools[pool].isHeldBack = true
    ceilingGrew(pool)
    reviveHopeless(pool)
  }

  /// What the organization may hold in all grew: where that kept something back it looks again.
  mutating func ceilingGrew(_ pool: Int) {
    guard pools[pool].isHeldBack else { return }
    pools[pool].isHeldBack = false
    for index in pools[pool].clusters { list(index) }
  }

  /// What an organization may have of such room, by what it may hold in all.
  mutating func capped(_ room: Room, _ pool: Int) -> Room {
    guard let left = pools[pool].left else { return room }
    let capped = room.capped(by: left)
    if capped != room { pools[pool].isHeldBack = true }
    return capped
  }

  /// Whether the organization would hold more than it is guaranteed there. Where there are no
  /// quotas all is its own.
  func borrows(_ demand: Demand, on index: Int) -> Bool {
    guard let quota = clusters[index].quota else { return false }
    return !quota.claims(demand)
  }
}
