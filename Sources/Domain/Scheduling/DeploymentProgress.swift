/// How far a deployment's life has gone. It only ever grows, so of two views of one deployment the
/// one with the greater progress is the newer, however they arrived.
package struct DeploymentProgress: Hashable, Comparable, Sendable {
  package let attempt: Int
  private let rank: Int

  package init(attempt: Int, state: DeploymentState) {
    self.attempt = attempt
    rank =
      switch state {
      case .scheduled: 1
      case .starting: 2
      case .running: 3
      // Back in the queue the attempt is over: an attempt begins with `scheduled`.
      case .queued: 4
      case .completed, .failed, .cancelled: 5
      }
  }

  /// An attempt that is decided, not yet committed: before its `scheduled`.
  init(deciding attempt: Int) {
    self.attempt = attempt
    rank = 0
  }

  package static func < (a: Self, b: Self) -> Bool { (a.attempt, a.rank) < (b.attempt, b.rank) }
}

extension Deployment {
  package var progress: DeploymentProgress { DeploymentProgress(attempt: attempt, state: state) }
}

extension DeploymentEvent {
  package var progress: DeploymentProgress { DeploymentProgress(attempt: attempt, state: state) }
}
