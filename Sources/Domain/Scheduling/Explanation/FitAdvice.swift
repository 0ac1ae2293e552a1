/// One thing that would make a deployment fit.
package struct FitAdvice: Sendable, Equatable {
  package enum Kind: Sendable, Equatable, CaseIterable {
    /// So much has to become free on the cluster.
    case freeRoom
    /// These end, then it fits; all of them are needed. Or, on a cluster that keeps room for one
    /// further ahead: that one has to run and end.
    case waitFor
    /// The cluster has room, but its agent is lost.
    case restoreAgent
    /// A request of this size would fit on the cluster now.
    case askForLess
    /// The cluster has room, but of a GPU model that the deployment does not name.
    case allowModel
    /// So much work of the organization has to end: under a quota on the cluster there, under that
    /// on all clusters anywhere.
    case endOwnWork
    /// The quota has to allow at least so much.
    case raiseQuota
  }

  package let kind: Kind
  /// Nil: the quota on all clusters.
  package let cluster: ClusterID?
  package let clusterName: String
  /// What `freeRoom` lacks.
  package var shortages: [FitShortage] = []
  /// Whom `waitFor` names, at most `SchedulingLimits.answeredHolders`, of `deploymentCount`; those
  /// of other organizations are counted and not named.
  package var deployments: [DeploymentID] = []
  package var deploymentCount = 0
  /// What `askForLess` would have room for; of what size `endOwnWork` and `raiseQuota` are, where a
  /// dimension that is not concerned is 0.
  package var request: Resources?
  /// Of `allowModel`.
  package var gpuModel = ""
  package let words: String
}

extension FitAdvice {
  /// What would make a deployment fit, the least change first: nothing where it fits already.
  ///
  /// - Parameter holders: of the nearest cluster without room, `nearest(of:)`.
  static func all(
    for demand: Demand, of deployment: Deployment, fits: [ClusterFit], situation: QueueSituation,
    holders: [ClusterHolder]
  ) -> [FitAdvice] {
    guard fits.first?.verdict != .fits else { return [] }
    var all: [FitAdvice] = []
    if let fit = fits.first(where: { $0.verdict == .agentLost && $0.hasRoom }) {
      all.append(
        FitAdvice(
          .restoreAgent, fit, words: "bring back the agent of \(fit.name), which has room"))
    }
    if let nearest = nearest(of: fits) {
      all += ending(nearest, demand, deployment, situation, holders)
      all += underQuotas(nearest)
    }
    if let less = askForLess(demand, deployment, fits, situation) { all.append(less) }
    if let fit = fits.first(where: { $0.verdict == .wrongModel && $0.hasRoom }),
      !fit.gpuModel.isEmpty
    {
      var advice = FitAdvice(
        .allowModel, fit, words: "allow the GPU model \(fit.gpuModel): \(fit.name) has room")
      advice.gpuModel = fit.gpuModel
      all.append(advice)
    }
    return all
  }

  /// The cluster that lacks least of those that could hold it and have an agent.
  static func nearest(of fits: [ClusterFit]) -> ClusterFit? {
    fits.first { $0.verdict == .noRoom || $0.verdict == .reserved || $0.verdict == .quota }
  }

  private init(_ kind: Kind, _ fit: ClusterFit?, words: String) {
    self.kind = kind
    cluster = fit?.cluster
    clusterName = fit?.name ?? ""
    self.words = words
  }

  // MARK: - Room

  private static func ending(
    _ fit: ClusterFit, _ demand: Demand, _ deployment: Deployment, _ situation: QueueSituation,
    _ holders: [ClusterHolder]
  ) -> [FitAdvice] {
    if fit.verdict == .reserved, let holder = fit.reservation {
      var wait = FitAdvice(
        .waitFor, fit,
        words: "wait for \(holder.label), which room on \(fit.name) is kept for")
      wait.deployments = holder.deployment.map { [$0] } ?? []
      wait.deploymentCount = 1
      return [wait]
    }
    let free = fit.verdict == .noRoom && !fit.shortages.isEmpty ? [freeRoom(fit)] : []
    guard !fit.isNeverAllowed,
      let book = situation.book(of: fit.cluster, seenBy: deployment.organization),
      let enough = book.holdersToEnd(
        for: demand, key: QueueKey(of: deployment), left: situation.ceiling?.left, among: holders)
    else { return free }
    return [waitFor(enough, on: fit, isBehind: situation.ahead > 0)] + free
  }

  private static func freeRoom(_ fit: ClusterFit) -> FitAdvice {
    let missing = fit.shortages.map { (dimension: $0.dimension, amount: $0.missing) }
    var free = FitAdvice(.freeRoom, fit, words: "free \(Amount.all(missing)) on \(fit.name)")
    free.shortages = fit.shortages
    return free
  }

  private static func waitFor(
    _ enough: [ClusterHolder], on fit: ClusterFit, isBehind: Bool
  ) -> FitAdvice {
    let own = enough.filter(\.isOwn)
    let named = own.prefix(SchedulingLimits.answeredHolders)
    var names = named.map(\.label).joined(separator: ", ")
    if own.count > named.count { names += " and \(own.count - named.count) more" }
    let foreign = enough.count - own.count
    if foreign > 0 {
      names += (own.isEmpty ? "" : " and ") + "\(foreign) of other organizations"
    }
    let first = isBehind ? "; those ahead of it come first" : ""
    var wait = FitAdvice(
      .waitFor, fit, words: "wait until these end on \(fit.name): " + names + first)
    wait.deployments = named.map(\.deployment)
    wait.deploymentCount = enough.count
    return wait
  }

  // MARK: - Quotas

  /// Where quotas keep it back: what else of the organization has to end, or by how much to raise
  /// them.
  private static func underQuotas(_ fit: ClusterFit) -> [FitAdvice] {
    var all: [FitAdvice] = []
    if let quota = fit.quota, !quota.allows {
      all += advice(quota, fit, on: "on \(fit.name)", "the quota on \(fit.name)")
    }
    if let quota = fit.exceeded {
      all += advice(quota, nil, on: "on any cluster", "the organization's quota on all clusters")
    }
    return all
  }

  private static func advice(
    _ quota: QuotaFit, _ fit: ClusterFit?, on place: String, _ name: String
  ) -> [FitAdvice] {
    var raise = FitAdvice(
      .raiseQuota, fit, words: "raise \(name) to \(Amount.all(quota.wanted))")
    raise.request = quota.wanted
    if quota.isNever { return [raise] }
    var end = FitAdvice(
      .endOwnWork, fit,
      words: "let other work of the organization end, \(Amount.all(quota.missing)) \(place)")
    end.request = quota.missing
    return [end, raise]
  }

  // MARK: - Less

  private static func askForLess(
    _ demand: Demand, _ deployment: Deployment, _ fits: [ClusterFit], _ situation: QueueSituation
  ) -> FitAdvice? {
    let key = QueueKey(of: deployment)
    // What is kept for another organization is not told.
    for fit in fits
    where fit.verdict != .wrongModel && fit.agent != .lost && !fit.isKeptForForeign {
      guard
        let book = situation.book(of: fit.cluster, seenBy: deployment.organization),
        let request = demand.reduced(
          to: situation.ceiling.map { book.room(for: key).capped(by: $0.left) }
            ?? book.room(for: key))
      else { continue }
      let amounts: [(FitShortage.Dimension, Int64)] = [
        (.cpu, request.cpu), (.memory, request.memory),
        (request.kind == .share ? .gpuShare : .gpuDevices, request.gpu),
      ]
      var advice = FitAdvice(
        .askForLess, fit,
        words: "ask for at most \(Amount.all(amounts)): that fits on \(fit.name) now")
      advice.request = Resources(
        cpu: MilliCPU(request.cpu), memory: Bytes(request.memory),
        gpu: MilliGPU(request.milliGPU))
      return advice
    }
    return nil
  }
}

extension ClusterFit {
  fileprivate var isKeptForForeign: Bool {
    reservation.map { $0.deployment == nil } ?? false
  }
}

extension Demand {
  /// The most of this demand that the room has; nil: of something that is asked for it has nothing.
  func reduced(to room: Room) -> Demand? {
    let device = MilliGPU.device.value
    let gpu: Int64
    switch kind {
    case .noGPU: gpu = 0
    case .share: gpu = min(self.gpu, room.largestShare)
    case .wholeDevices:
      gpu = room.wholeDevices > 0 ? min(self.gpu, room.wholeDevices) * device : room.largestShare
    }
    let (cpu, memory) = (min(cpu, room.cpu), min(memory, room.memory))
    guard cpu > 0, memory > 0, kind == .noGPU || gpu > 0 else { return nil }
    return Demand(Resources(cpu: MilliCPU(cpu), memory: Bytes(memory), gpu: MilliGPU(gpu)))
  }
}
