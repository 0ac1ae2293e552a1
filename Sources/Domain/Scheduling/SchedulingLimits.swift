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
  /// Events from the feed that wait for the scheduler; beyond it the scheduler loads a snapshot.
  package static let bufferedChanges = 65_536
  /// A deployment refused so often in a row shows that the engine's books are wrong: load them
  /// again.
  package static let refusalsBeforeReload = 5
}

/// How the engine decides.
package struct SchedulingConfiguration: Sendable, Equatable {
  /// How long a deployment may lose to smaller work before room is kept for it.
  package var reservationAfter = Duration.seconds(30)

  package init() {}

  package init(reservationAfter: Duration) {
    self.reservationAfter = reservationAfter
  }
}
