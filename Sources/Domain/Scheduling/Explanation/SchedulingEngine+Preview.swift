/// What the engine would decide for one deployment of a situation: itself, with these books.
extension QueueSituation {
  /// What it would decide now if nothing else waited, with a mix learned from what the organization
  /// asked for of late. The leader has learned from more, so of several clusters with room it may
  /// choose another one.
  func preview(
    of deployment: Deployment, lostBefore: Instant, policy: PlacementPolicy
  ) -> Placement? {
    var engine = engine(for: deployment, lostBefore: lostBefore, policy: policy)
    guard let gang = deployment.gang else {
      engine.apply(.deployment(deployment.waitingNow))
      return engine.decide(now: deployment.createdAt, limit: 1).placements.first
    }
    // The others are alike: any identifiers will do.
    let ids = (0..<gang.size).map { DeploymentID(gang.id.value &+ UInt128($0)) }
    for member in deployment.gangMembers(ids) { engine.apply(.deployment(member)) }
    let placements = engine.decide(now: deployment.createdAt, limit: gang.size).placements
    return placements.count == gang.size ? placements[gang.index] : nil
  }

  /// An engine with the books that the deployment's organization has of the clusters, and nothing
  /// in its queue.
  ///
  /// - Parameter others: what organizations hold on clusters; where nothing is named, other
  ///   organizations have no books: those have no say in what this one may have.
  func engine(
    for deployment: Deployment, others: [ClusterID: [OrganizationID: Resources]] = [:],
    lostBefore: Instant, policy: PlacementPolicy
  ) -> SchedulingEngine {
    let (viewer, key) = (deployment.organization, QueueKey(of: deployment))
    var engine = SchedulingEngine(
      configuration: SchedulingConfiguration(reservationAfter: .seconds(1 << 40), policy: policy))
    if let ceiling {
      engine.apply(.quota(OrganizationQuota(organization: viewer, limit: ceiling.limit)))
    }
    for var cluster in clusters {
      if others[cluster.id] == nil {
        cluster.quotas = cluster.quotaInForce(for: viewer).map { [$0] } ?? []
      }
      engine.apply(.cluster(cluster))
    }
    engine.apply(.agentsLost(Set(clusters.filter { $0.isLost(before: lostBefore) }.map(\.id))))
    engine.learn(recent, of: viewer)
    let kept = reservationsByCluster
    for cluster in clusters {
      var held = others[cluster.id] ?? [:]
      held[viewer] = self.held[cluster.id]
      let reservation = kept[cluster.id]?.reservation(seenBy: viewer)
      engine.assume(
        cluster, held: held,
        // Those behind it are not in its way.
        keeping: reservation.flatMap { $0.key < key ? $0 : nil })
    }
    if let ceiling { engine.assume(held: ceiling.held, by: viewer) }
    return engine
  }
}

extension Deployment {
  /// In the queue, and its time has come and does not run out.
  var waitingNow: Deployment {
    var copy = self
    copy.state = .queued
    copy.notBefore = nil
    copy.terms.timeToLive = nil
    copy.terms.startBy = nil
    return copy
  }
}

extension SchedulingEngine {
  /// Takes what a cluster's row says is held for what is held, and a reservation of another engine
  /// for one of its own: for a single question, since it knows none of those deployments.
  fileprivate mutating func assume(
    _ cluster: Cluster, held: [OrganizationID: Resources], keeping reservation: Reservation?
  ) {
    guard let owner = clusterIndexes[cluster.id] else { return }
    for index in booksOfCluster(owner) {
      clusters[index].assumeHeld(cluster)
      clusters[index].reservation = reservation
      let organization = pools[clusters[index].pool].organization
      clusters[index].quota?.held = Amounts(held[organization] ?? .zero)
    }
    touch(owner, grew: true)
  }

  /// The same of what an organization holds on all clusters.
  fileprivate mutating func assume(held: Resources, by organization: OrganizationID) {
    let pool = poolIndex(organization)
    pools[pool].heldCPU = held.cpu.value
    pools[pool].heldMemory = Int128(held.memory.value)
    pools[pool].heldMilliGPU = held.gpu.value
  }

  /// One of those whose amounts are in the books already.
  mutating func assumeHolder(_ deployment: Deployment) {
    guard let id = deployment.placedCluster, let owner = clusterIndexes[id] else { return }
    let book = book(of: owner, for: poolIndex(deployment.organization))
    let slot = makeSlot(item(of: deployment))
    setPhase(slot, .holding)
    items[Int(slot)].cluster = book
    items[Int(slot)].clusterID = id
    items[Int(slot)].devices = deployment.gpuDevices
    clusters[book].holders.insert(slot)
    // One that should have run by now is about to go, and no victim.
    armTimeLimit(slot)
  }

  fileprivate mutating func learn(_ requests: [RecentRequest], of organization: OrganizationID) {
    let pool = poolIndex(organization)
    for recent in requests {
      guard let demand = Demand(recent.request) else { continue }
      let models = demand.kind == .noGPU ? [] : recent.gpuModels.map { table.number(of: $0) }
      for _ in 0..<recent.count { pools[pool].placement.learn(demand, models: models) }
    }
  }
}
