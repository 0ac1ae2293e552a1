import Testing

@testable import Domain

/// What is explained against what the engine does.
extension ExplanationHistory {
  /// The engine decides for a newcomer as the explanation says.
  mutating func checkNewcomer() {
    let deployment = deployment()
    let situation = situation(of: deployment)
    let demand = Demand(deployment.request)!
    let fits = situation.fits(of: deployment, demand: demand, lostBefore: lostBefore)
    let decided = decided(for: deployment)
    let having = Set(fits.filter { $0.verdict == .fits }.map(\.cluster))
    #expect((decided.placement == nil) == having.isEmpty, "seed \(seed): \(deployment) \(fits)")
    if let placement = decided.placement {
      #expect(having.contains(placement.cluster), "seed \(seed)")
      checkBorrowing(placement, deployment, fits)
    }
    checkPreview(of: deployment, having, situation)
    for fit in fits { check(fit) }
    if having.isEmpty {
      checkAdvice(deployment, demand, fits, situation)
      if !decided.isPassed {
        checkPreemption(decided.preemption, deployment, fits, situation)
      }
    }
  }

  /// What the engine decides for a newcomer.
  private struct Decided {
    var placement: Placement?
    var preemption: Preemption?
    /// Others preempted as well, who wait for a look of their own: it may have come too late.
    var isPassed = false
  }

  private func decided(
    for deployment: Deployment
  ) -> Decided {
    var copy = engine
    copy.apply(.deployment(deployment))
    var found = Decided()
    while true {
      let decisions = copy.decide(now: now, limit: 1_000)
      for placement in decisions.placements {
        copy.apply(.confirmed(placement))
        if placement.deployment == deployment.id { found.placement = placement }
      }
      for preemption in decisions.preemptions {
        if preemption.deployment == deployment.id {
          found.preemption = preemption
        } else {
          found.isPassed = true
        }
      }
      if decisions.isEmpty, !copy.hasWork { return found }
    }
  }

  private mutating func checkBorrowing(
    _ placement: Placement, _ deployment: Deployment, _ fits: [ClusterFit]
  ) {
    let fit = fits.first { $0.cluster == placement.cluster }
    let quota = rows[placement.cluster].flatMap { $0.quota(of: deployment.organization) }
    guard let quota, rows[placement.cluster]?.quotas.isEmpty == false else {
      #expect(fit?.quota == nil, "seed \(seed)")
      return
    }
    let after =
      amount(of: deployment.organization, on: placement.cluster) + deployment.request
    #expect(fit?.quota?.isBorrowing == !after.fits(in: quota.guaranteed), "seed \(seed)")
    if fit?.quota?.isBorrowing == true { met.borrowing += 1 }
  }

  private func checkPreview(
    of deployment: Deployment, _ having: Set<ClusterID>, _ situation: QueueSituation
  ) {
    let preview = situation.preview(
      of: deployment, lostBefore: lostBefore, policy: engine.configuration.policy)
    #expect((preview == nil) == having.isEmpty, "seed \(seed)")
    guard let preview else { return }
    #expect(having.contains(preview.cluster), "seed \(seed)")
    let held = situation.clusters.first { $0.id == preview.cluster }?.gpuAllocated ?? []
    let share = min(deployment.request.gpu.value, 1_000)
    #expect(
      preview.gpuDevices.allSatisfy { held[$0] + share <= 1_000 },
      "seed \(seed): a device that is not free")
  }

  private mutating func check(_ fit: ClusterFit) {
    met.verdicts[fit.verdict, default: 0] += 1
    let isForeign = fit.reservation.map { $0.deployment == nil } ?? false
    if isForeign { met.foreignReservations += 1 }
    switch fit.verdict {
    case .noRoom, .tooSmall:
      #expect(!fit.shortages.isEmpty, "seed \(seed)")
      #expect(fit.shortages.allSatisfy { $0.missing > 0 }, "seed \(seed)")
    case .reserved:
      #expect(fit.shortages.isEmpty == isForeign, "seed \(seed): what is kept is told or not")
    case .quota:
      #expect(fit.quota?.allows == false || fit.exceeded != nil, "seed \(seed)")
      #expect(fit.shortages.isEmpty, "seed \(seed)")
    case .fits:
      #expect(fit.shortages.isEmpty && fit.quota?.allows != false, "seed \(seed)")
      #expect(fit.exceeded == nil, "seed \(seed)")
    case .wrongModel, .agentLost: break
    }
  }

  /// Nobody who waits, and whose time it is, is said to fit while the engine leaves him waiting.
  mutating func checkWaiting() {
    for deployment in queued.values.sorted(by: { $0.id < $1.id })
    where (deployment.notBefore ?? now) <= now {
      let demand = Demand(deployment.request)!
      let fits = situation(of: deployment).fits(
        of: deployment, demand: demand, lostBefore: lostBefore)
      #expect(
        fits.first?.verdict != .fits, "seed \(seed): \(deployment.id) waits for nothing")
    }
  }

  // MARK: - Preemption

  private mutating func checkPreemption(
    _ decided: Preemption?, _ deployment: Deployment, _ fits: [ClusterFit],
    _ situation: QueueSituation
  ) {
    let clusters = situation.clustersToFree(for: deployment, fits)
    guard !clusters.isEmpty else {
      #expect(decided == nil, "seed \(seed): \(deployment) preempts, and it is not said")
      return
    }
    let outlook = situation.preemption(
      for: deployment, among: preemptible(by: deployment, on: clusters), on: clusters,
      lostBefore: lostBefore, now: now)
    met.chances[outlook.chance, default: 0] += 1
    #expect((decided != nil) == (outlook.chance == .now), "seed \(seed): \(outlook) \(fits)")
    #expect((outlook.at != nil) == (outlook.chance == .later), "seed \(seed)")
    if let at = outlook.at { #expect(at > now, "seed \(seed)") }
    guard let decided, outlook.chance == .now else { return }
    #expect(outlook.cluster == decided.cluster, "seed \(seed)")
    #expect(outlook.victimCount == decided.victims.count, "seed \(seed)")
    let own = decided.victims.filter { !$0.isReclaimed }.map(\.deployment)
    #expect(outlook.victims == own, "seed \(seed)")
    #expect(outlook.reclaimedCount == decided.victims.count - own.count, "seed \(seed)")
  }

  // MARK: - Advice

  private mutating func checkAdvice(
    _ deployment: Deployment, _ demand: Demand, _ fits: [ClusterFit],
    _ situation: QueueSituation
  ) {
    let nearest = FitAdvice.nearest(of: fits)
    let holders = held.values.filter { $0.placedCluster == nearest?.cluster }
      .sorted { $0.id < $1.id }
      .map {
        ClusterHolder(
          deployment: $0.id, name: $0.name, request: $0.request, gpuDevices: $0.gpuDevices,
          isOwn: $0.organization == deployment.organization)
      }
    let all = FitAdvice.all(
      for: demand, of: deployment, fits: fits, situation: situation, holders: holders)
    for advice in all {
      met.advice[advice.kind, default: 0] += 1
      let isOwn = advice.deployments.allSatisfy {
        (held[$0] ?? queued[$0])?.organization == deployment.organization
      }
      #expect(isOwn, "seed \(seed): others are named")
      switch advice.kind {
      case .waitFor where nearest?.verdict == .reserved:
        #expect(advice.deploymentCount == 1, "seed \(seed)")
      case .waitFor: checkWaitFor(advice, deployment, demand)
      case .askForLess: checkLess(advice, deployment, situation)
      case .freeRoom: #expect(!advice.shortages.isEmpty, "seed \(seed)")
      case .restoreAgent:
        #expect(advice.cluster.map(lost.contains) == true, "seed \(seed)")
      case .allowModel:
        #expect(!deployment.gpuModels.contains(advice.gpuModel), "seed \(seed)")
      case .endOwnWork, .raiseQuota: #expect(advice.request != .zero, "seed \(seed)")
      }
    }
    if nearest?.verdict == .quota { checkQuotaAdvice(all, deployment, demand, situation) }
  }

  private func checkLess(
    _ advice: FitAdvice, _ deployment: Deployment, _ situation: QueueSituation
  ) {
    var less = deployment
    guard let request = advice.request, let demand = Demand(request) else {
      Issue.record("seed \(seed): \(advice) asks for nothing")
      return
    }
    less.request = request
    let fits = situation.fits(of: less, demand: demand, lostBefore: lostBefore)
    #expect(
      fits.contains { $0.cluster == advice.cluster && $0.verdict == .fits }, "seed \(seed)")
  }

  /// All of them are enough, and none can be spared.
  private func checkWaitFor(
    _ advice: FitAdvice, _ deployment: Deployment, _ demand: Demand
  ) {
    let all = Set(advice.deployments)
    // Those of others are not named.
    guard advice.deploymentCount == all.count else {
      #expect(advice.deploymentCount > all.count, "seed \(seed)")
      return
    }
    func fits(without ended: Set<DeploymentID>) -> Bool {
      situation(of: deployment, without: ended)
        .fits(of: deployment, demand: demand, lostBefore: lostBefore)
        .contains { $0.cluster == advice.cluster && $0.verdict == .fits }
    }
    #expect(!all.isEmpty, "seed \(seed)")
    #expect(fits(without: all), "seed \(seed): \(advice) is not enough")
    for one in all {
      #expect(!fits(without: all.subtracting([one])), "seed \(seed): \(one) could be spared")
    }
  }

  /// Where quotas alone are in the way: it fits once so much has ended, and once they are raised.
  private func checkQuotaAdvice(
    _ all: [FitAdvice], _ deployment: Deployment, _ demand: Demand, _ situation: QueueSituation
  ) {
    func fits(_ situation: QueueSituation) -> Bool {
      situation.fits(of: deployment, demand: demand, lostBefore: lostBefore)
        .first?.verdict == .fits
    }
    var (ended, raised) = (situation, situation)
    var isEnough = true
    for advice in all {
      guard let request = advice.request else { continue }
      switch (advice.kind, advice.cluster) {
      case (.endOwnWork, let cluster?):
        ended.held[cluster] = (ended.held[cluster] ?? .zero) - request
      case (.endOwnWork, nil):
        ended.ceiling = ended.ceiling.map { HeldCeiling(limit: $0.limit, held: $0.held - request) }
      case (.raiseQuota, let cluster?): raised.raise(cluster, deployment.organization, to: request)
      case (.raiseQuota, nil):
        raised.ceiling = raised.ceiling.map {
          HeldCeiling(limit: $0.limit.raised(to: request), held: $0.held)
        }
      default: break
      }
      let isRaisedAlone = !all.contains {
        $0.kind == .endOwnWork && $0.cluster == advice.cluster
      }
      if advice.kind == .raiseQuota, isRaisedAlone { isEnough = false }
    }
    #expect(fits(raised), "seed \(seed): \(all)")
    if isEnough { #expect(fits(ended), "seed \(seed): \(all)") }
  }
}

extension QueueSituation {
  fileprivate mutating func raise(
    _ cluster: ClusterID, _ organization: OrganizationID, to least: Resources
  ) {
    guard let index = clusters.firstIndex(where: { $0.id == cluster }),
      var quota = clusters[index].quotaInForce(for: organization)
    else { return }
    quota.limit = quota.ceiling.raised(to: least)
    quota.mayBorrow = true
    clusters[index].quotas.removeAll { $0.organization == organization }
    clusters[index].quotas.append(quota)
  }
}

extension ResourceCeiling {
  fileprivate func raised(to least: Resources) -> ResourceCeiling {
    ResourceCeiling(
      cpu: cpu.map { max($0, least.cpu) }, memory: memory.map { max($0, least.memory) },
      gpu: gpu.map { max($0, least.gpu) })
  }
}
