/// What to do when an agent attaches: what it should run, compared with what it found. Pure.
struct AgentReconciliation: Sendable {
  /// For the agent.
  var orders: [AgentOrder] = []
  /// News of the agent's that the database does not have yet.
  var reports: [AgentContainer] = []
  /// The attempts that the agent runs or was told to start.
  var containers: [DeploymentID: Int] = [:]

  init(holding: [Deployment], found: [AgentContainer], stopGrace: Duration) {
    var rest: [DeploymentID: [AgentContainer]] = [:]
    for container in found { rest[container.deployment, default: []].append(container) }
    for deployment in holding {
      let match = rest[deployment.id]?.firstIndex { $0.attempt == deployment.attempt }
      if let match, let container = rest[deployment.id]?.remove(at: match) {
        keep(container, for: deployment)
      } else {
        replace(deployment)
      }
    }
    // Other attempts, and deployments that hold nothing here (any more).
    for container in found
    where rest[container.deployment]?.contains(where: { $0.attempt == container.attempt }) == true {
      orders.append(
        .stop(container.deployment, attempt: container.attempt, grace: stopGrace))
    }
  }

  private mutating func keep(_ container: AgentContainer, for deployment: Deployment) {
    containers[deployment.id] = deployment.attempt
    if deployment.state.canBecome(container.deploymentState) { reports.append(container) }
  }

  /// The agent has no container for it.
  private mutating func replace(_ deployment: Deployment) {
    containers[deployment.id] = deployment.attempt
    switch deployment.state {
    case .scheduled, .starting: orders.append(.start(deployment))
    case .running:
      reports.append(
        AgentContainer(
          deployment: deployment.id, attempt: deployment.attempt, state: .failed,
          reason: "container-lost", message: "its container is gone from the agent",
          isRetryable: true))
    case .queued, .completed, .failed, .cancelled: containers[deployment.id] = nil
    }
  }
}

/// What a change means for the agent of one cluster. Pure.
struct AgentFollowing: Sendable {
  let cluster: ClusterID
  let stopGrace: Duration

  /// Orders that follow from how a deployment is; `containers` is what the agent runs. A view that
  /// is older than what the agent was told changes nothing.
  func orders(
    for deployment: Deployment, _ containers: inout [DeploymentID: Int]
  ) -> [AgentOrder] {
    let known = containers[deployment.id]
    let isHere = deployment.placedCluster == cluster && deployment.state.holdsResources
    guard isHere else {
      guard let known, known <= deployment.attempt else { return [] }
      containers[deployment.id] = nil
      return [.stop(deployment.id, attempt: known, grace: stopGrace)]
    }
    if let known, known >= deployment.attempt { return [] }
    // Not known, yet further on: the agent reported it and was told to stop since.
    guard deployment.state == .scheduled else { return [] }
    containers[deployment.id] = deployment.attempt
    let stop = known.map { AgentOrder.stop(deployment.id, attempt: $0, grace: stopGrace) }
    return [stop, .start(deployment)].compactMap { $0 }
  }
}
