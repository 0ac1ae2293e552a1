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
  }

  package let kind: Kind
  package let cluster: ClusterID
  package let clusterName: String
  /// What `freeRoom` lacks.
  package var shortages: [FitShortage] = []
  /// Whom `waitFor` names, at most `SchedulingLimits.answeredHolders`, of `deploymentCount`.
  package var deployments: [DeploymentID] = []
  package var deploymentCount = 0
  /// What `askForLess` would have room for.
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
    for demand: Demand, key: QueueKey, fits: [ClusterFit], situation: QueueSituation,
    holders: [ClusterHolder]
  ) -> [FitAdvice] {
    guard fits.first?.verdict != .fits else { return [] }
    var all: [FitAdvice] = []
    if let fit = fits.first(where: { $0.verdict == .agentLost && $0.shortages.isEmpty }) {
      all.append(
        FitAdvice(
          .restoreAgent, fit, words: "bring back the agent of \(fit.name), which has room"))
    }
    if let nearest = nearest(of: fits) {
      all += ending(nearest, demand, key, situation, holders)
    }
    if let less = askForLess(demand, key, fits, situation) { all.append(less) }
    if let fit = fits.first(where: { $0.verdict == .wrongModel && $0.shortages.isEmpty }),
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
    fits.first { $0.verdict == .noRoom || $0.verdict == .reserved }
  }

  private init(_ kind: Kind, _ fit: ClusterFit, words: String) {
    self.kind = kind
    cluster = fit.cluster
    clusterName = fit.name
    self.words = words
  }

  private static func ending(
    _ fit: ClusterFit, _ demand: Demand, _ key: QueueKey, _ situation: QueueSituation,
    _ holders: [ClusterHolder]
  ) -> [FitAdvice] {
    if fit.verdict == .reserved, let holder = fit.reservation {
      var wait = FitAdvice(
        .waitFor, fit,
        words: "wait for \(holder.label), which room on \(fit.name) is kept for")
      wait.deployments = [holder.deployment]
      wait.deploymentCount = 1
      return [wait]
    }
    let missing = fit.shortages.map { (dimension: $0.dimension, amount: $0.missing) }
    var free = FitAdvice(
      .freeRoom, fit, words: "free \(Amount.all(missing)) on \(fit.name)")
    free.shortages = fit.shortages
    guard let book = situation.book(of: fit.cluster),
      let enough = book.holdersToEnd(for: demand, key: key, among: holders)
    else { return [free] }
    let first = situation.ahead > 0 ? "; those ahead of it come first" : ""
    let named = enough.prefix(SchedulingLimits.answeredHolders)
    let more = enough.count > named.count ? " and \(enough.count - named.count) more" : ""
    var wait = FitAdvice(
      .waitFor, fit,
      words: "wait until these end on \(fit.name): "
        + named.map(\.label).joined(separator: ", ") + more + first)
    wait.deployments = named.map(\.deployment)
    wait.deploymentCount = enough.count
    return [wait, free]
  }

  private static func askForLess(
    _ demand: Demand, _ key: QueueKey, _ fits: [ClusterFit], _ situation: QueueSituation
  ) -> FitAdvice? {
    for fit in fits where fit.verdict != .wrongModel && fit.verdict != .agentLost {
      guard let room = situation.book(of: fit.cluster)?.room(for: key),
        let request = demand.reduced(to: room)
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
