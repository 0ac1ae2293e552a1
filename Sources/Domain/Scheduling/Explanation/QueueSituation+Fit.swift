/// How a deployment fits the clusters of its situation.
extension QueueSituation {
  /// The verdict on each cluster, the nearest to fitting first.
  ///
  /// - Parameter lostBefore: an agent that was last heard of before is lost, as for the leader.
  func fits(of deployment: Deployment, demand: Demand, lostBefore: Instant) -> [ClusterFit] {
    let reservations = reservationsByCluster
    let exceeded = quotaOnAll(demand).flatMap { $0.allows ? nil : $0 }
    let fits = clusters.map { cluster in
      fit(
        of: deployment, demand, on: cluster, reservations[cluster.id], exceeded,
        lostBefore: lostBefore)
    }
    return fits.sorted {
      ($0.rank, $0.distance, $0.cluster) < ($1.rank, $1.distance, $1.cluster)
    }
  }

  private func fit(
    of deployment: Deployment, _ demand: Demand, on cluster: Cluster,
    _ kept: SituationReservation?, _ exceeded: QuotaFit?, lostBefore: Instant
  ) -> ClusterFit {
    let viewer = deployment.organization
    let key = QueueKey(of: deployment)
    let book = book(of: cluster, kept, seenBy: viewer, lostBefore: lostBefore)
    let isForeign = kept.map { $0.organization != viewer } ?? false
    let (verdict, shortages) = book.verdict(
      for: demand, models: deployment.gpuModels, key: key, left: ceiling?.left,
      tellsKept: !isForeign)
    return ClusterFit(
      cluster: cluster.id, name: cluster.name, gpuModel: cluster.gpuModel, verdict: verdict,
      shortages: shortages, agent: Self.agent(of: cluster, lostBefore: lostBefore),
      agentSeenAt: cluster.agentSeenAt,
      reservation: kept.map { isForeign ? .foreign : ReservationHolder($0) },
      quota: quota(demand, on: cluster, of: viewer), exceeded: exceeded,
      hasRoom: book.whenHeard.hasRoom(for: demand, key: key, left: ceiling?.left),
      distance: book.deficit(demand, in: book.whenHeard.room(for: key)))
  }

  /// What the organization may hold on the cluster; nil: no quotas are set there.
  private func quota(
    _ demand: Demand, on cluster: Cluster, of viewer: OrganizationID
  ) -> QuotaFit? {
    guard let quota = cluster.quotaInForce(for: viewer) else { return nil }
    return QuotaFit(
      demand, held: held[cluster.id] ?? .zero, guaranteed: quota.guaranteed,
      ceiling: quota.ceiling)
  }

  /// What the organization may hold on all clusters; nil: any amount.
  func quotaOnAll(_ demand: Demand) -> QuotaFit? {
    ceiling.map { QuotaFit(demand, held: $0.held, guaranteed: nil, ceiling: $0.limit) }
  }

  /// A cluster's books as an organization has them, to be asked what would be if.
  func book(
    of cluster: Cluster, _ kept: SituationReservation?, seenBy viewer: OrganizationID,
    lostBefore: Instant
  ) -> ClusterBook {
    var book = ClusterBook(cluster)
    book.hasLostAgent = cluster.isLost(before: lostBefore)
    book.reservation = kept?.reservation(seenBy: viewer)
    book.quota = cluster.quotaInForce(for: viewer).map { quota in
      QuotaBook(
        guaranteed: Amounts(quota.guaranteed), ceiling: Amounts(quota.ceiling),
        held: Amounts(held[cluster.id] ?? .zero), reclaim: quota.reclaim)
    }
    return book
  }

  /// The same of a cluster of this situation; nil: it has none of that identifier.
  func book(of id: ClusterID, seenBy viewer: OrganizationID) -> ClusterBook? {
    guard let cluster = clusters.first(where: { $0.id == id }) else { return nil }
    return book(
      of: cluster, reservations.first { $0.room.cluster == id }, seenBy: viewer,
      lostBefore: Instant(microseconds: .min))
  }

  var reservationsByCluster: [ClusterID: SituationReservation] {
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
  func isLost(before deadline: Instant) -> Bool {
    agentSeenAt.map { $0 < deadline } ?? false
  }

  /// What bounds an organization here; nil: no quotas are set.
  func quotaInForce(for organization: OrganizationID) -> ClusterQuota? {
    guard !quotas.isEmpty else { return nil }
    return quota(of: organization)
      ?? ClusterQuota(organization: organization, guaranteed: .zero, mayBorrow: false)
  }
}

extension ReservationHolder {
  fileprivate init(_ reservation: SituationReservation) {
    self.init(
      deployment: reservation.room.deployment, name: reservation.name,
      priority: reservation.priority)
  }
}

extension ClusterFit {
  /// How near it is to fitting.
  fileprivate var rank: Int {
    switch verdict {
    case .fits: 0
    case .noRoom, .reserved, .quota: isNeverAllowed ? 3 : 1
    case .agentLost: 2
    case .tooSmall: 3
    case .wrongModel: 4
    }
  }
}
