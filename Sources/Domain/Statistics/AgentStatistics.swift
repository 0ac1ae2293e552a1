/// What the agents that are attached to this process have said.
package struct AgentStatistics: Sendable, Equatable {
  package var attached = 0
  // Reports that were accepted.
  package var starting: UInt64 = 0
  package var running: UInt64 = 0
  package var completed: UInt64 = 0
  package var failed: UInt64 = 0
  /// Of those that failed, as many as go back to the queue.
  package var retried: UInt64 = 0

  package init() {}

  /// Counts a report, and what it made of the deployment.
  mutating func count(_ state: AgentContainer.State, became: DeploymentState) {
    switch state {
    case .starting: starting &+= 1
    case .running: running &+= 1
    case .completed: completed &+= 1
    case .failed:
      failed &+= 1
      if became == .queued { retried &+= 1 }
    }
  }
}
