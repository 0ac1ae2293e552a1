/// A named priority with its rights. Deployments take over what it says when they are created: a
/// change of the class is for those to come.
package struct PriorityClass: Sendable, Equatable {
  package let name: String
  /// 0 to 1000, higher first.
  package let priority: Int
  /// Whether its deployments may send work of lower priority back to the queue.
  package let preempts: Bool
  /// How long an attempt of its deployments cannot be preempted, from its placement.
  package let protection: Duration
  package let updatedAt: Instant

  package init(
    name: String, priority: Int, preempts: Bool, protection: Duration, updatedAt: Instant
  ) {
    self.name = name
    self.priority = priority
    self.preempts = preempts
    self.protection = protection
    self.updatedAt = updatedAt
  }
}
