/// Whose place a deployment that fits nowhere may take: by preemption, or by reclaiming what its
/// organization is guaranteed.
package struct PreemptionOutlook: Sendable, Equatable {
  package enum Chance: Sendable, Equatable, CaseIterable {
    /// It may take the place of `victims` now; the leader looks every second.
    case now
    /// From `at` on: until then too many are protected.
    case later
    /// Nobody that it may take the place of makes enough room.
    case nobody
  }

  package let chance: Chance
  package let cluster: ClusterID?
  package let clusterName: String
  /// Of its own organization, at most `SchedulingLimits.answeredHolders`.
  package let victims: [DeploymentID]
  /// With those of other organizations, which are not named.
  package let victimCount: Int
  /// Of other organizations, whose work runs on what this one is guaranteed.
  package let reclaimedCount: Int
  package let at: Instant?

  static let nobody = PreemptionOutlook(chance: .nobody)

  private init(
    chance: Chance, cluster: Cluster? = nil, preemption: Preemption? = nil, at: Instant? = nil
  ) {
    self.chance = chance
    self.cluster = cluster?.id
    self.clusterName = cluster?.name ?? ""
    self.at = at
    let all = preemption?.victims ?? []
    let own = all.filter { !$0.isReclaimed }
    victims = own.prefix(SchedulingLimits.answeredHolders).map(\.deployment)
    victimCount = all.count
    reclaimedCount = all.count - own.count
  }

  init(_ preemption: Preemption, on cluster: Cluster?, at: Instant?) {
    self.init(
      chance: at == nil ? .now : .later, cluster: cluster, preemption: preemption, at: at)
  }

  /// For people.
  package var words: String {
    switch chance {
    case .now: "takes the place of \(whom) on \(clusterName)"
    case .later: "may take the place of \(whom) on \(clusterName), protected until then"
    case .nobody: "nobody whose place it may take makes enough room"
    }
  }

  private var whom: String {
    let own = victimCount - reclaimedCount
    var parts: [String] = []
    if own > 0 {
      let more = own > victims.count ? " and \(own - victims.count) more" : ""
      parts.append(victims.map(\.description).joined(separator: ", ") + more)
    }
    if reclaimedCount > 0 {
      parts.append("\(reclaimedCount) of other organizations, on what is guaranteed to this one")
    }
    return parts.joined(separator: " and ")
  }
}

/// What holds on clusters where a deployment may preempt.
package struct Preemptible: Sendable, Equatable {
  /// As scheduling needs them.
  package var holders: [Deployment]
  /// What organizations hold on those of the clusters that have quotas.
  package var held: [ClusterID: [OrganizationID: Resources]]

  package init(
    holders: [Deployment] = [], held: [ClusterID: [OrganizationID: Resources]] = [:]
  ) {
    self.holders = holders
    self.held = held
  }
}

extension QueueSituation {
  /// The clusters on which it may preempt or reclaim, as far as the engine would look; empty: it
  /// may nowhere.
  func clustersToFree(for deployment: Deployment, _ fits: [ClusterFit]) -> [Cluster] {
    let (viewer, key) = (deployment.organization, QueueKey(of: deployment))
    let (kept, all) = (reservationsByCluster, clusters)
    let byID = Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
    let open = fits.lazy.filter { fit in
      let holder = kept[fit.cluster]?.reservation(seenBy: viewer)
      return (fit.verdict == .noRoom || fit.verdict == .quota) && !fit.isNeverAllowed
        && holder.map { $0.key < key } != true
    }
    return open.prefix(SchedulingLimits.preemptionClusters).compactMap { fit in
      guard let cluster = byID[fit.cluster] else { return nil }
      let quota = cluster.quotaInForce(for: viewer)
      let reclaims = fit.quota?.isBorrowing == false && quota?.reclaim != .never
      return deployment.terms.preempts || reclaims ? cluster : nil
    }
  }

  /// What the engine would decide of victims for a deployment that fits nowhere: now, or when those
  /// that are protected now are not any more.
  func preemption(
    for deployment: Deployment, among preemptible: Preemptible, on free: [Cluster],
    lostBefore: Instant, now: Instant
  ) -> PreemptionOutlook {
    var situation = self
    situation.clusters = free
    situation.recent = []
    var engine = situation.engine(
      for: deployment, others: preemptible.held, lostBefore: lostBefore, policy: .bestFit)
    for holder in preemptible.holders { engine.assumeHolder(holder) }
    engine.apply(.deployment(deployment.waitingNow))
    func decide(at instant: Instant) -> Preemption? {
      var copy = engine
      return copy.decide(now: instant, limit: 1).preemptions.first
    }
    func outlook(_ preemption: Preemption, at: Instant?) -> PreemptionOutlook {
      PreemptionOutlook(preemption, on: free.first { $0.id == preemption.cluster }, at: at)
    }
    if let preemption = decide(at: now) { return outlook(preemption, at: nil) }
    let ends = Set(preemptible.holders.compactMap(\.protectedUntil)).filter { $0 > now }.sorted()
    // The more have run long enough, the more there are to choose from.
    var (low, high) = (0, ends.count)
    while low < high {
      let middle = (low + high) / 2
      if decide(at: ends[middle]) != nil { high = middle } else { low = middle + 1 }
    }
    guard low < ends.count, let preemption = decide(at: ends[low]) else { return .nobody }
    return outlook(preemption, at: ends[low])
  }
}

extension Deployment {
  /// Until when its attempt cannot be preempted.
  fileprivate var protectedUntil: Instant? { scheduledAt.map { $0 + terms.protection } }
}
