/// A decision to send work back to the queue, so that a deployment of higher priority has room.
package struct Preemption: Sendable, Equatable {
  package struct Victim: Sendable, Equatable {
    package let deployment: DeploymentID
    /// The attempt it is in.
    package let attempt: Int
    /// It is of another organization, and runs on what that of the one that preempts is guaranteed.
    package let isReclaimed: Bool

    package init(deployment: DeploymentID, attempt: Int, isReclaimed: Bool = false) {
      self.deployment = deployment
      self.attempt = attempt
      self.isReclaimed = isReclaimed
    }
  }

  /// The one that preempts. It is placed by a decision of its own, when there is room.
  package let deployment: DeploymentID
  /// The attempt for which it preempts: one more than it has.
  package let attempt: Int
  package let cluster: ClusterID
  /// In the order of their cost, the dearest first.
  package let victims: [Victim]

  /// What the history of a victim says. Of another organization it names nothing.
  package func reason(of victim: Victim) -> String {
    victim.isReclaimed
      ? "preempted: reclaimed by the organization that this room is guaranteed to"
      : "preempted by \(deployment)"
  }

  package init(deployment: DeploymentID, attempt: Int, cluster: ClusterID, victims: [Victim]) {
    self.deployment = deployment
    self.attempt = attempt
    self.cluster = cluster
    self.victims = victims
  }
}
