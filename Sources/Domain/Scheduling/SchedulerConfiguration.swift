/// How a replica campaigns, leads and judges agents.
package struct SchedulerConfiguration: Sendable {
  package var lockKey = "berth:scheduler"
  /// How long a leader is missed at most before another campaigns with success.
  package var ttl = Duration.seconds(5)
  /// Trust in the lease ends so much before it does.
  package var margin = Duration.milliseconds(500)
  package var renewalInterval = Duration.milliseconds(1_500)
  /// How often a follower tries to lead; spread by up to a quarter.
  package var campaignInterval = Duration.milliseconds(500)
  /// An agent that was not heard of for so long is lost.
  package var lostAfter = Duration.seconds(15)
  package var lostCheckInterval = Duration.seconds(2)
  /// Placements of one transaction.
  package var batchSize = 256
  /// How long a decision that the database refused waits for news.
  package var refusalDelay = Duration.milliseconds(100)
  /// Reservations are told to the store no more often than that.
  package var reservationInterval = Duration.milliseconds(250)
  package var engine = SchedulingConfiguration()
  /// When a deployment that was lost with its agent is tried again.
  package var retry = RetryPolicy.deployments
  package var storeRetry = RetryPolicy.stores

  package init() {}
}

/// What the scheduler of this process has done, for operators.
package struct SchedulerMetrics: Sendable, Equatable {
  package var termsBegun = 0
  package var termsFenced = 0
  package var leasesLost = 0
  /// Batches of decisions that the fence refused, because another term had begun.
  package var staleCommits = 0
  package var placed = 0
  /// Decisions that the database did not accept.
  package var refused = 0
  package var requeuedLost = 0
  package var snapshotsLoaded = 0
  /// Failed calls of store or lease; none of them counts as anything else.
  package var errors = 0
  package var queued = 0
  package var holding = 0
  package var longestDecision = Duration.zero
  /// Ended because their time was up.
  package var expired = 0
  /// Sent back to the queue for others.
  package var preempted = 0
  /// Of these, for an organization that the room is guaranteed to.
  package var reclaimed = 0
  /// Of those requeued with their agent, as many as had no attempt left.
  package var failedLost = 0
  /// Transactions with placements.
  package var batches = 0
  /// Of what was placed, how long it had had a claim to be.
  package var waits = DurationHistogram()
  /// How long the engine took for its decisions.
  package var decisions = DurationHistogram()

  package init() {}

  /// Adds what another scheduler of this process has done; what there is now, in its queue and on
  /// its clusters, too.
  package mutating func add(_ other: SchedulerMetrics) {
    termsBegun += other.termsBegun
    termsFenced += other.termsFenced
    leasesLost += other.leasesLost
    staleCommits += other.staleCommits
    placed += other.placed
    refused += other.refused
    requeuedLost += other.requeuedLost
    snapshotsLoaded += other.snapshotsLoaded
    errors += other.errors
    queued += other.queued
    holding += other.holding
    longestDecision = max(longestDecision, other.longestDecision)
    expired += other.expired
    preempted += other.preempted
    reclaimed += other.reclaimed
    failedLost += other.failedLost
    batches += other.batches
    waits.add(other.waits)
    decisions.add(other.decisions)
  }
}

package struct SchedulerStatus: Sendable, Equatable {
  package var isLeading = false
  /// Nil: not leading.
  package var epoch: Epoch?
  /// False while leading: by the term alone, because Redis is away.
  package var holdsLock = false
  package var metrics = SchedulerMetrics()

  package init() {}
}
