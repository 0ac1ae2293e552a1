/// Where a deployment is in its life; docs/scheduling.md has the picture.
package enum DeploymentState: String, Sendable, CaseIterable {
  /// Waits for room; to `scheduled` by placement, to `queued` when it is changed, to `cancelled`,
  /// to `failed` when it ran out of time.
  case queued
  /// Holds resources, its agent has not begun; to `starting` by the agent's report.
  case scheduled
  /// Its container is being made; to `running`.
  case starting
  /// Its container runs; to `completed` or `failed` when that ends.
  case running
  case completed
  case failed
  case cancelled

  /// Whether it holds resources: from `scheduled` until it ends or goes back to `queued`.
  package var holdsResources: Bool {
    switch self {
    case .scheduled, .starting, .running: true
    case .queued, .completed, .failed, .cancelled: false
    }
  }

  package var isFinal: Bool {
    switch self {
    case .completed, .failed, .cancelled: true
    case .queued, .scheduled, .starting, .running: false
    }
  }

  /// Whether the transition is one of the picture's arrows.
  package func canBecome(_ next: DeploymentState) -> Bool {
    switch (self, next) {
    case (.queued, .scheduled), (.scheduled, .starting), (.starting, .running): true
    // An agent may have passed over a state while it was cut off.
    case (.scheduled, .running): true
    case (.scheduled, .queued), (.starting, .queued), (.running, .queued): true
    // Changed while it waits.
    case (.queued, .queued): true
    case (.running, .completed), (.starting, .completed), (.scheduled, .completed): true
    case (.queued, .failed), (.scheduled, .failed), (.starting, .failed), (.running, .failed): true
    case (_, .cancelled): !isFinal
    default: false
    }
  }
}
