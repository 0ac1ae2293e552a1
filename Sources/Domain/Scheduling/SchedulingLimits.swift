/// Every bound of the scheduler and its engine.
package enum SchedulingLimits {
  /// Deployments looked at in one call of `decide`, so that loading a long queue does not hold its
  /// thread.
  package static let stepsPerDecision = 20_000
  /// Reservations of an organization for deployments that name no cluster.
  package static let reservations = 16
  /// Overdue deployments that name no cluster, looked at for a reservation at a time.
  package static let reservationCandidates = 32
  /// Demands of an organization remembered as fitting nowhere.
  package static let misses = 65_536
  /// Misses in a row after which clusters that are held against the queue together are parted.
  package static let missesBeforeParting = 16
  /// Deployments of an organization that look for victims at a time, first in the queue first.
  package static let preemptors = 16
  /// Clusters looked at for victims of one, those that lack least.
  package static let preemptionClusters = 64
  /// Victims of one preemption.
  package static let victims = 256
  // What an organization's placement learns and remembers.
  /// Different sizes of shares that are told apart; the next larger one stands for others.
  package static let shareSizes = 64
  /// Requests for more devices than that say nothing about requests for several.
  package static let severalDevices = 64
  /// GPU models that are told apart.
  package static let models = 64
  /// Sets of models that requests may run on, told apart.
  package static let modelSets = 64
  /// When so many requests have come, all of them count half from then on.
  package static let mixWindow = 65_536
  /// What counts less than that of a request is forgotten.
  package static let faintestShare = 0.1
  /// Rounds of the linear program that prices shares; what it has then is used.
  package static let pricingRounds = 400
  /// Kinds of request of an organization for which candidates are kept in order.
  package static let placementKinds = 256
  /// Candidates kept in order, of all organizations: each has a part as large as its part of the
  /// clusters.
  package static let candidates = 16_777_216
  /// Deployments that a leader loads at a time.
  package static let deploymentsPerPage = 10_000
  /// Events from the feed that wait for the scheduler; beyond it the scheduler loads a snapshot.
  package static let bufferedChanges = 65_536
  /// A deployment refused so often in a row shows that the engine's books are wrong: load them
  /// again.
  package static let refusalsBeforeReload = 5
  // Reservations told to the store, and explanations.
  /// Changes of reservations written by one statement; more go with the next.
  package static let reservationChanges = 1_024
  /// Clusters of an organization that an explanation looks at.
  package static let explainedClusters = 4_096
  /// Of these, as many as an answer names, the nearest first.
  package static let answeredClusters = 32
  /// Deployments ahead in the queue are counted up to this.
  package static let countedAhead = 100_000
  /// Of these, as many as an answer names, the first in the queue first.
  package static let answeredAhead = 5
  /// Deployments of the nearest cluster that an explanation looks at for whom to wait for.
  package static let explainedHolders = 1_024
  /// Of whom to wait for, as many as an answer names.
  package static let answeredHolders = 16
  /// The latest requests of an organization that a preview learns its mix from.
  package static let previewedRequests = 1_024
  /// The latest events told of a deployment that does not wait.
  package static let explainedEvents = 32
  /// Shards that scheduling may have: each replica campaigns for every one.
  package static let shards = 64
  /// So many leases after it was last heard a replica is forgotten.
  package static let forgottenAfterLeases = 100
}

/// How the engine decides.
package struct SchedulingConfiguration: Sendable, Equatable {
  /// How long a deployment may lose to smaller work before room is kept for it.
  package var reservationAfter = Duration.seconds(30)
  package var policy = PlacementPolicy.berth
  /// How often those that may preempt and found no victims look again.
  package var preemptionInterval = Duration.seconds(1)
  /// Whose clusters it is told of; time limits of others' are not its business.
  package var shard = Shard.whole

  package init() {}

  package init(reservationAfter: Duration, policy: PlacementPolicy = .berth) {
    self.reservationAfter = reservationAfter
    self.policy = policy
  }
}
