/// A container as its agent sees it.
package struct AgentContainer: Sendable, Equatable {
  package enum State: Sendable, Equatable {
    case starting, running, completed, failed
  }

  package var deployment: DeploymentID
  package var attempt: Int
  package var state: State
  /// A short code: "exited", "image-not-found", "out-of-memory".
  package var reason: String
  /// For people.
  package var message: String
  package var exitCode: Int?
  /// For `failed`: whether another attempt may help.
  package var isRetryable: Bool

  package init(
    deployment: DeploymentID, attempt: Int, state: State, reason: String = "",
    message: String = "", exitCode: Int? = nil, isRetryable: Bool = false
  ) {
    self.deployment = deployment
    self.attempt = attempt
    self.state = state
    self.reason = reason
    self.message = message
    self.exitCode = exitCode
    self.isRetryable = isRetryable
  }

  var isFinal: Bool {
    switch state {
    case .completed, .failed: true
    case .starting, .running: false
    }
  }

  /// The state that the deployment has once this was applied.
  var deploymentState: DeploymentState {
    switch state {
    case .starting: .starting
    case .running: .running
    case .completed: .completed
    case .failed: .failed
    }
  }
}

/// What an agent says when it attaches.
package struct AgentHello: Sendable {
  package var version: String
  /// "docker" or "simulated", with its version.
  package var engine: String
  /// Every container it found.
  package var containers: [AgentContainer]

  package init(version: String, engine: String, containers: [AgentContainer]) {
    self.version = version
    self.engine = engine
    self.containers = containers
  }
}
