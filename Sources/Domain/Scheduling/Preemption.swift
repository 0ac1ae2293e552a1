/// A decision to send work back to the queue, so that a deployment of higher priority has room.
package struct Preemption: Sendable, Equatable {
  package struct Victim: Sendable, Equatable {
    package let deployment: DeploymentID
    /// The attempt it is in.
    package let attempt: Int

    package init(deployment: DeploymentID, attempt: Int) {
      self.deployment = deployment
      self.attempt = attempt
    }
  }

  /// The one that preempts. It is placed by a decision of its own, when there is room.
  package let deployment: DeploymentID
  /// The attempt for which it preempts: one more than it has.
  package let attempt: Int
  package let cluster: ClusterID
  /// In the order of their cost, the dearest first.
  package let victims: [Victim]

  package init(deployment: DeploymentID, attempt: Int, cluster: ClusterID, victims: [Victim]) {
    self.deployment = deployment
    self.attempt = attempt
    self.cluster = cluster
    self.victims = victims
  }
}
