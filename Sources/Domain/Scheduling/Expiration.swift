/// A decision to end a deployment that has run out of time.
package struct Expiration: Sendable, Equatable {
  package enum Cause: Sendable, Equatable {
    /// It was queued without a break for as long as it may be.
    case queueTimeout
    /// It was not running when it had to be.
    case startDeadline

    /// The code, with words.
    package var reason: String {
      switch self {
      case .queueTimeout: "queue-timeout: it was queued for as long as it may be"
      case .startDeadline: "start-deadline: it was not running in time"
      }
    }
  }

  package let deployment: DeploymentID
  /// The attempt it is in.
  package let attempt: Int
  /// Where it holds; nil: it is queued.
  package let cluster: ClusterID?
  package let cause: Cause

  package init(deployment: DeploymentID, attempt: Int, cluster: ClusterID?, cause: Cause) {
    self.deployment = deployment
    self.attempt = attempt
    self.cluster = cluster
    self.cause = cause
  }
}
