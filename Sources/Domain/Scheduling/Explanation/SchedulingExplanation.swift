/// Where a deployment stands and why: for one that waits, what it waits for and what would make it
/// fit; for another one, what its history says.
package struct SchedulingExplanation: Sendable, Equatable {
  package enum Standing: Sendable, Equatable, CaseIterable {
    /// It has room: placed as soon as the leader gets to it.
    case next
    /// A failed attempt is not tried again before `Deployment.notBefore`.
    case waitsForRetry
    case waitsForRoom
    /// Another one's reservation is all that stands in its way on the nearest cluster.
    case heldBack
    /// No cluster of today could hold it, or those that could have lost their agent.
    case impossible
    /// It holds resources.
    case placed
    case ended
    /// A quota is all that stands in its way on the nearest cluster.
    case waitsForQuota
  }

  package var deployment: Deployment
  package var standing: Standing
  /// One sentence.
  package var summary: String
  /// Of one that waits: how many of its organization's queue stand before it, and the first.
  package var ahead = 0
  package var firstAhead: [QueuedAhead] = []
  /// The nearest to fitting first, at most `SchedulingLimits.answeredClusters`, of `clusterCount`.
  package var clusters: [ClusterFit] = []
  package var clusterCount = 0
  /// The cluster that keeps room for it.
  package var keptOn: ClusterFit?
  /// Where it would go now, as far as that can be said without the leader.
  package var placement: Placement?
  /// The least change first.
  package var advice: [FitAdvice] = []
  /// Of one that does not wait: the latest events, oldest first.
  package var history: [DeploymentEvent] = []

  /// What its organization may hold on all clusters; nil: any amount, or it does not wait.
  package var quota: QuotaFit?
  /// When it fails for lack of time if nothing else happens before.
  package var timeLimit: TimeLimit?
  /// Whom it may preempt; nil: it may not, or it has no need to.
  package var preemption: PreemptionOutlook?

  /// Whether more stand ahead than were counted.
  package var isAheadCut: Bool { ahead >= SchedulingLimits.countedAhead }
  /// Whether the organization has more clusters than were looked at.
  package var areClustersCut: Bool { clusterCount >= SchedulingLimits.explainedClusters }
}

extension SchedulingExplanation {
  /// Of a deployment that waits, or would if it were created.
  ///
  /// - Parameter holders: of the cluster that `FitAdvice.nearest(of:)` names.
  init(
    waiting deployment: Deployment, demand: Demand, fits: [ClusterFit],
    situation: QueueSituation, holders: [ClusterHolder], placement: Placement?, now: Instant
  ) {
    self.deployment = deployment
    standing = Self.standing(of: deployment, fits, placement, now: now)
    summary = ""
    ahead = situation.ahead
    firstAhead = situation.firstAhead
    clusters = Array(fits.prefix(SchedulingLimits.answeredClusters))
    clusterCount = fits.count
    keptOn = fits.first { $0.reservation?.deployment == QueueKey(of: deployment).id }
    quota = situation.quotaOnAll(demand)
    timeLimit = deployment.timeLimit
    self.placement = placement
    // What would make one of a gang fit is not what makes all of it fit.
    advice =
      deployment.gang == nil
      ? FitAdvice.all(
        for: demand, of: deployment, fits: fits, situation: situation, holders: holders) : []
    summary = waitingSummary(fits)
  }

  private static func standing(
    of deployment: Deployment, _ fits: [ClusterFit], _ placement: Placement?, now: Instant
  ) -> Standing {
    if let until = deployment.notBefore, until > now { return .waitsForRetry }
    guard let nearest = fits.first, !nearest.isNeverAllowed else { return .impossible }
    switch nearest.verdict {
    // One of a gang fits; the preview says whether all do.
    case .fits: return deployment.gang != nil && placement == nil ? .waitsForRoom : .next
    case .reserved: return .heldBack
    case .noRoom: return .waitsForRoom
    case .quota: return .waitsForQuota
    case .agentLost, .tooSmall, .wrongModel: return .impossible
    }
  }

  private func waitingSummary(_ fits: [ClusterFit]) -> String {
    guard let nearest = fits.first else {
      return deployment.requestedCluster == nil
        ? "there is no cluster that its organization may run on"
        : "the cluster that it names is gone, or not shared with its organization any more"
    }
    if let gang = deployment.gang, nearest.verdict == .fits, standing == .waitsForRoom {
      return "waits for room for all \(gang.size) replicas of its gang at once; "
        + "\(nearest.name) has room for one"
    }
    let queue = ahead == 0 ? "" : "; \(isAheadCut ? "at least " : "")\(ahead) ahead of it"
    // Why it is here again: a retry, or who preempted it.
    let behind =
      deployment.attempt == 0 ? queue : "\(queue); back in the queue: \(deployment.reason)"
    switch standing {
    case .next:
      // Which cluster comes first among equals says nothing of where all of a gang go.
      if let gang = deployment.gang {
        return "there is room for all \(gang.size) replicas of its gang now" + behind
      }
      let borrows = nearest.quota?.isBorrowing == true
      return "there is room on \(nearest.name) now"
        + (borrows ? ", to borrow: what others claim goes first" : "") + behind
    case .waitsForRetry:
      return "waits for its next attempt after attempt \(deployment.attempt) of "
        + "\(deployment.maxAttempts): \(deployment.reason)"
    case .waitsForRoom:
      return "waits for room: \(nearest.name), which lacks least, \(nearest.words)" + behind
    case .heldBack:
      return "waits behind a reservation: on \(nearest.name) \(nearest.words)" + behind
    case .waitsForQuota:
      return "waits for a quota: there is room on \(nearest.name), but \(nearest.words)" + behind
    case .impossible:
      return "cannot be placed as things are: \(nearest.name), which comes nearest: "
        + nearest.words
    case .placed, .ended: return ""
    }
  }

  /// Of one that does not wait.
  init(_ deployment: Deployment, history: [DeploymentEvent]) {
    self.deployment = deployment
    self.history = history
    timeLimit = deployment.timeLimit
    let attempt = "attempt \(deployment.attempt) of \(deployment.maxAttempts)"
    // What an agent reports of a good course has none.
    let why = deployment.reason.isEmpty ? "" : ": \(deployment.reason)"
    if deployment.state.holdsResources {
      standing = .placed
      let devices =
        deployment.gpuDevices.isEmpty
        ? "" : ", GPU " + deployment.gpuDevices.map(String.init).joined(separator: ", ")
      summary = "\(deployment.state.rawValue) in \(attempt)\(devices)\(why)"
    } else {
      standing = .ended
      summary = "ended as \(deployment.state.rawValue) in \(attempt)\(why)"
    }
  }
}
