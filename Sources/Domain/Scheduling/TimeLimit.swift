/// When a deployment runs out of time as things are, and why.
package struct TimeLimit: Sendable, Equatable {
  package let at: Instant
  package let cause: Expiration.Cause

  package init(at: Instant, cause: Expiration.Cause) {
    self.at = at
    self.cause = cause
  }

  /// Of one that is queued; nil: never.
  init?(queueEndsAt: Instant?, startBy: Instant?) {
    switch (queueEndsAt, startBy) {
    case (nil, nil): return nil
    case (let end?, nil): self.init(at: end, cause: .queueTimeout)
    case (nil, let deadline?): self.init(at: deadline, cause: .startDeadline)
    case (let end?, let deadline?):
      self.init(
        at: min(end, deadline), cause: end <= deadline ? .queueTimeout : .startDeadline)
    }
  }

  /// Of one that holds resources and is not running yet; nil: never.
  init?(startBy: Instant?) {
    guard let startBy else { return nil }
    self.init(at: startBy, cause: .startDeadline)
  }
}

extension Deployment {
  /// When its time-to-live in the queue is over, if it is queued.
  var queueEndsAt: Instant? { terms.timeToLive.map { queuedSince + $0 } }

  /// By when it must be running; nil: it has been, or no matter.
  var mustRunBy: Instant? { hasRun ? nil : terms.startBy }

  /// When it fails for lack of time if nothing else happens before; nil: never.
  package var timeLimit: TimeLimit? {
    switch state {
    case .queued: TimeLimit(queueEndsAt: queueEndsAt, startBy: mustRunBy)
    case .scheduled, .starting: TimeLimit(startBy: mustRunBy)
    case .running, .completed, .failed, .cancelled: nil
    }
  }
}
