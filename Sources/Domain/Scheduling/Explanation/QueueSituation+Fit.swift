/// How a deployment fits the clusters of its situation.
extension QueueSituation {
  /// The verdict on each cluster, the nearest to fitting first.
  ///
  /// - Parameter lostBefore: an agent that was last heard of before is lost, as for the leader.
  func fits(of deployment: Deployment, demand: Demand, lostBefore: Instant) -> [ClusterFit] {
    let key = QueueKey(of: deployment)
    let reservations = reservationsByCluster
    let fits = clusters.map { cluster in
      let reservation = reservations[cluster.id]
      let book = book(of: cluster, reservation?.reservation, lostBefore: lostBefore)
      let (verdict, shortages) = book.verdict(
        for: demand, models: deployment.gpuModels, key: key)
      return ClusterFit(
        cluster: cluster.id, name: cluster.name, gpuModel: cluster.gpuModel, verdict: verdict,
        shortages: shortages, agent: Self.agent(of: cluster, lostBefore: lostBefore),
        agentSeenAt: cluster.agentSeenAt,
        reservation: reservation.map {
          ReservationHolder(
            deployment: $0.room.deployment, name: $0.name, priority: $0.priority)
        },
        distance: book.deficit(demand, in: book.whenHeard.room(for: key)))
    }
    return fits.sorted {
      ($0.verdict.rank, $0.distance, $0.cluster) < ($1.verdict.rank, $1.distance, $1.cluster)
    }
  }

  /// What the engine would decide now if nothing else waited: itself, with these books and a mix
  /// learned from what the organization asked for of late. The leader has learned from more, so of
  /// several clusters with room it may choose another one.
  func preview(
    of deployment: Deployment, lostBefore: Instant, policy: PlacementPolicy
  ) -> Placement? {
    var engine = SchedulingEngine(
      configuration: SchedulingConfiguration(reservationAfter: .seconds(1 << 40), policy: policy))
    for cluster in clusters { engine.apply(.cluster(cluster)) }
    engine.apply(.agentsLost(Set(clusters.filter { $0.isLost(before: lostBefore) }.map(\.id))))
    engine.learn(recent, of: deployment.organization)
    let reservations = reservationsByCluster
    for cluster in clusters {
      engine.assume(cluster, keeping: reservations[cluster.id]?.reservation)
    }
    guard let gang = deployment.gang else {
      var waiting = deployment
      waiting.state = .queued
      waiting.notBefore = nil
      engine.apply(.deployment(waiting))
      return engine.decide(now: waiting.createdAt, limit: 1).placements.first
    }
    // The others are alike: any identifiers will do.
    let ids = (0..<gang.size).map { DeploymentID(gang.id.value &+ UInt128($0)) }
    for member in deployment.gangMembers(ids) { engine.apply(.deployment(member)) }
    let placements = engine.decide(now: deployment.createdAt, limit: gang.size).placements
    return placements.count == gang.size ? placements[gang.index] : nil
  }

  /// A cluster's books, to be asked what would be if.
  func book(
    of cluster: Cluster, _ reservation: Reservation?, lostBefore: Instant
  ) -> ClusterBook {
    var book = ClusterBook(cluster)
    book.hasLostAgent = cluster.isLost(before: lostBefore)
    book.reservation = reservation
    return book
  }

  /// The same of a cluster of this situation; nil: it has none of that identifier.
  func book(of id: ClusterID) -> ClusterBook? {
    guard let cluster = clusters.first(where: { $0.id == id }) else { return nil }
    let reservation = reservations.first { $0.room.cluster == id }?.reservation
    return book(of: cluster, reservation, lostBefore: Instant(microseconds: .min))
  }

  private var reservationsByCluster: [ClusterID: SituationReservation] {
    Dictionary(reservations.map { ($0.room.cluster, $0) }) { first, _ in first }
  }

  private static func agent(of cluster: Cluster, lostBefore: Instant) -> ClusterFit.Agent {
    if cluster.isLost(before: lostBefore) { return .lost }
    if cluster.agentSeenAt == nil { return .neverAttached }
    return cluster.agentAttached ? .attached : .detached
  }
}

extension Cluster {
  /// Whether its agent, if it ever had one, was last heard of before.
  fileprivate func isLost(before deadline: Instant) -> Bool {
    agentSeenAt.map { $0 < deadline } ?? false
  }
}

extension ClusterFit.Verdict {
  /// How near it is to fitting.
  fileprivate var rank: Int {
    switch self {
    case .fits: 0
    case .noRoom, .reserved: 1
    case .agentLost: 2
    case .tooSmall: 3
    case .wrongModel: 4
    }
  }
}

// MARK: - An engine of a situation

extension SchedulingEngine {
  /// Takes what a cluster's row says is held for what is held, and a reservation of another engine
  /// for one of its own: for a single question, since it knows none of those deployments.
  mutating func assume(_ cluster: Cluster, keeping reservation: Reservation?) {
    guard let index = clusterIndexes[cluster.id] else { return }
    clusters[index].assumeHeld(cluster)
    clusters[index].reservation = reservation
    touch(index, grew: true)
  }

  mutating func learn(_ requests: [RecentRequest], of organization: OrganizationID) {
    let pool = poolIndex(organization)
    for recent in requests {
      guard let demand = Demand(recent.request) else { continue }
      let models = demand.kind == .noGPU ? [] : recent.gpuModels.map { table.number(of: $0) }
      for _ in 0..<recent.count { pools[pool].placement.learn(demand, models: models) }
    }
  }
}
