/// What the engine is told. Each says how something is now; older news after newer does no harm.
package enum SchedulingEvent: Sendable {
  /// A cluster is new, or its capacity changed. What it says of allocation is ignored: the engine
  /// keeps its own books from the deployments.
  case cluster(Cluster)
  case clusterRemoved(ClusterID)
  /// What an organization may hold in all, or its weight, changed.
  case quota(OrganizationQuota)
  /// These clusters, and no others, have lost their agent: nothing is placed there.
  case agentsLost(Set<ClusterID>)
  /// A deployment was queued, changed, placed or ended.
  case deployment(Deployment)
  /// A decision was committed.
  case confirmed(Placement)
  /// A decision was not committed: tried again from `retryAt` on, unless news of it come before.
  case refused(Placement, retryAt: Instant)
  /// An expiration was not committed: decided anew from `retryAt` on, unless news come before.
  case expirationRefused(Expiration, retryAt: Instant)
  /// A preemption was committed for those that `moved`; for none: decided anew from `retryAt` on.
  case preemptionSettled(Preemption, moved: Set<DeploymentID>, retryAt: Instant)
}
