/// A named step on the way of a placement, of what frees it, of leadership and of the change feed,
/// at which a test makes this process end, stand still or be slow. *before*: nothing was asked yet.
/// *after*: it was done and answered, and nobody in this process has acted on it yet.
enum Failpoint: String, CaseIterable {
  case acquireBefore = "lease.acquire.before"
  case acquireAfter = "lease.acquire.after"
  case renewBefore = "lease.renew.before"
  case renewAfter = "lease.renew.after"
  case releaseBefore = "lease.release.before"
  case releaseAfter = "lease.release.after"
  case beginBefore = "term.begin.before"
  case beginAfter = "term.begin.after"
  case takeOverBefore = "term.takeover.before"
  case takeOverAfter = "term.takeover.after"
  case renewTermBefore = "term.renew.before"
  case renewTermAfter = "term.renew.after"
  case endBefore = "term.end.before"
  case endAfter = "term.end.after"
  case loadBefore = "queue.load.before"
  case loadAfter = "queue.load.after"
  case placeBefore = "place.before"
  case placeAfter = "place.after"
  case lostBefore = "lost.before"
  case lostAfter = "lost.after"
  case expireBefore = "expire.before"
  case expireAfter = "expire.after"
  case preemptBefore = "preempt.before"
  case preemptAfter = "preempt.after"
  case feedBefore = "feed.read.before"
  case feedAfter = "feed.read.after"
  case createBefore = "create.before"
  case createAfter = "create.after"
  /// A cancel or a completion that a caller asked for.
  case endingBefore = "ending.before"
  case endingAfter = "ending.after"
  /// An agent's report.
  case reportBefore = "report.before"
  case reportAfter = "report.after"
}

/// What happens at a failpoint.
struct FailpointOrder: Equatable {
  enum Action: Equatable {
    /// SIGKILL.
    case kill
    /// SIGSTOP; once.
    case stop
    /// The step takes so much longer, every time.
    case sleep(Duration)
  }

  private static let longestSleepMilliseconds = 600_000

  let action: Action
  /// From which time on that the step is reached; 1 is the first.
  let from: Int

  /// "kill", "stop" or "sleep:MILLISECONDS", and "@N" for the N-th time.
  init?(_ text: Substring) {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard let name = parts.first, parts.count <= 2 else { return nil }
    switch name {
    case "kill": action = .kill
    case "stop": action = .stop
    case _ where name.hasPrefix("sleep:"):
      guard let milliseconds = Int(name.dropFirst(6)),
        (0...Self.longestSleepMilliseconds).contains(milliseconds)
      else { return nil }
      action = .sleep(.milliseconds(milliseconds))
    default: return nil
    }
    guard parts.count == 2 else {
      from = 1
      return
    }
    guard let from = Int(parts[1]), from >= 1 else { return nil }
    self.from = from
  }
}
