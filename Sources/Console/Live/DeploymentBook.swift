import Messages

/// The deployments that a feed keeps: bounded, and never older than what it knew.
struct DeploymentBook {
  private var deployments: [String: Deployment] = [:]
  /// Not final, and not told of since the watch began: they may have ended while it was away.
  private(set) var unconfirmed: Set<String> = []

  /// What became of a deployment that was told of.
  struct Outcome {
    /// To be shown; nil: nothing new, or there is no room for it.
    var shown: Deployment?
    /// No more kept.
    var dropped: [String] = []
  }

  var values: some Collection<Deployment> { deployments.values }

  /// A watch begins: it tells of all that are not final.
  mutating func beginWatch() {
    unconfirmed = Set(deployments.values.filter { !$0.state.isFinal }.map(\.id))
  }

  mutating func take(_ deployment: Deployment) -> Outcome {
    unconfirmed.remove(deployment.id)
    // Nobody looks at them in a list, and they may be large or secret.
    var kept = deployment
    kept.env = [:]
    kept.command = []
    if let known = deployments[kept.id] {
      guard known != kept, Self.isLater(kept, than: known) else { return Outcome() }
    } else if deployments.count >= ConsoleLimits.feedDeployments, kept.state.isFinal {
      return Outcome()
    }
    deployments[kept.id] = kept
    let dropped = makeRoom(keeping: kept.id)
    return Outcome(shown: deployments[kept.id], dropped: dropped)
  }

  mutating func drop(_ id: String) {
    deployments[id] = nil
    unconfirmed.remove(id)
  }

  /// What is final goes first, the oldest before the others.
  private mutating func makeRoom(keeping id: String) -> [String] {
    let ended = deployments.values.filter(\.state.isFinal)
    let overEnded = ended.count - ConsoleLimits.feedEndedDeployments
    let over = deployments.count - ConsoleLimits.feedDeployments
    guard overEnded > 0 || over > 0 else { return [] }
    var dropped = ended.sorted { Self.moment($0) < Self.moment($1) }
      .prefix(max(overEnded, min(over, ended.count), 0)).map(\.id)
    for dropped in dropped { deployments[dropped] = nil }
    if deployments.count > ConsoleLimits.feedDeployments {
      deployments[id] = nil
      dropped.append(id)
    }
    for dropped in dropped { unconfirmed.remove(dropped) }
    return dropped
  }

  private static func isLater(_ deployment: Deployment, than known: Deployment) -> Bool {
    moment(deployment) >= moment(known)
  }

  private static func moment(_ deployment: Deployment) -> Int64 {
    deployment.updatedAt?.microseconds ?? 0
  }
}

extension DeploymentState {
  var isFinal: Bool {
    switch self {
    case .completed, .failed, .cancelled: true
    default: false
    }
  }
}
