/// How a deployment may wait, and what it may do to others while it does.
package struct QueueTerms: Sendable, Equatable {
  /// How long it may be queued without a break; nil: for ever.
  package var timeToLive: Duration?
  /// By when it must be running; nil: no matter. Once it has run this has no say any more.
  package var startBy: Instant?
  /// The name of the class that its priority came from; empty: a bare priority.
  package var priorityClass: String
  /// Whether work of lower priority may be sent back to the queue for it.
  package var preempts: Bool
  /// How long an attempt of it cannot be preempted, from its placement.
  package var protection: Duration

  package init(
    timeToLive: Duration? = nil, startBy: Instant? = nil, priorityClass: String = "",
    preempts: Bool = false, protection: Duration = DomainLimits.bareProtection
  ) {
    self.timeToLive = timeToLive
    self.startBy = startBy
    self.priorityClass = priorityClass
    self.preempts = preempts
    self.protection = protection
  }

  /// Takes over what the class says; returns its priority.
  mutating func join(_ one: PriorityClass) -> Int {
    priorityClass = one.name
    preempts = one.preempts
    protection = one.protection
    return one.priority
  }

  /// From now on under a bare priority, which never preempts.
  mutating func leaveClass() {
    priorityClass = ""
    preempts = false
    protection = DomainLimits.bareProtection
  }
}
