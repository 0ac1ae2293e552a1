import RPCClient

/// How far a deployment's life has gone. It only ever grows, and no two changes of one deployment
/// have the same, so it tells what was seen, also by what stands for it now (an event without a
/// sequence).
struct DeploymentPosition: Hashable, Comparable {
  private let attempt: Int32
  private let rank: Int

  init(_ event: DeploymentEvent) {
    attempt = event.attempt
    rank =
      switch event.state {
      case .scheduled: 1
      case .starting: 2
      case .running: 3
      // Back in the queue the attempt is over: an attempt begins with SCHEDULED.
      case .queued: 4
      default: 5
      }
  }

  static func < (a: Self, b: Self) -> Bool { (a.attempt, a.rank) < (b.attempt, b.rank) }
}
