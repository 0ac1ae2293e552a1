/// What a deployment waits among, as of one moment: the clusters that it may run on, what is kept
/// on them and for whom, what quotas allow, and who stands ahead of it. What an explanation is
/// worked out from; bounded, whatever the length of the queue.
package struct QueueSituation: Sendable, Equatable {
  /// The deployment as it was at that moment; nil: there is none.
  package var deployment: Deployment?
  /// Those that it may run on: all of its organization and all that are shared with it, or the one
  /// that it names. At most `SchedulingLimits.explainedClusters`, by identifier.
  package var clusters: [Cluster]
  package var reservations: [SituationReservation]
  /// How many queued deployments of its organization stand before it, counted up to
  /// `SchedulingLimits.countedAhead`.
  package var ahead: Int
  /// The head of the queue, those among them that stand before it.
  package var firstAhead: [QueuedAhead]
  /// What the organization asked for of late, for the preview's mix.
  package var recent: [RecentRequest]
  /// Whether there is an organization of that identifier.
  package var hasOrganization = true
  /// What the organization holds on those of the clusters that have quotas.
  package var held: [ClusterID: Resources] = [:]
  /// What the organization may hold on all clusters together; nil: any amount.
  package var ceiling: HeldCeiling?

  package init(
    deployment: Deployment? = nil, clusters: [Cluster] = [],
    reservations: [SituationReservation] = [], ahead: Int = 0, firstAhead: [QueuedAhead] = [],
    recent: [RecentRequest] = []
  ) {
    self.deployment = deployment
    self.clusters = clusters
    self.reservations = reservations
    self.ahead = ahead
    self.firstAhead = firstAhead
    self.recent = recent
  }
}

/// What an organization may hold on all clusters together, and holds.
package struct HeldCeiling: Sendable, Equatable {
  package let limit: ResourceCeiling
  /// At most what 62 bits hold of each dimension.
  package let held: Resources

  package init(limit: ResourceCeiling, held: Resources) {
    let most = Amounts.unlimited
    self.limit = limit
    self.held = Resources(
      cpu: MilliCPU(min(held.cpu.value, most.cpu)),
      memory: Bytes(min(held.memory.value, most.memory)),
      gpu: MilliGPU(min(held.gpu.value, most.milliGPU)))
  }

  /// What it may still hold.
  var left: Amounts { Amounts(limit) - Amounts(held) }
}

/// A reservation with whom it is for. Only of deployments that still wait.
package struct SituationReservation: Sendable, Equatable {
  package let room: KeptRoom
  package let organization: OrganizationID
  package let name: String
  package let priority: Int
  package let createdAt: Instant
  package let request: Resources

  package init(
    room: KeptRoom, organization: OrganizationID, name: String, priority: Int,
    createdAt: Instant, request: Resources
  ) {
    self.room = room
    self.organization = organization
    self.name = name
    self.priority = priority
    self.createdAt = createdAt
    self.request = request
  }

  /// As the engine has it in the books of an organization.
  func reservation(seenBy viewer: OrganizationID) -> Reservation? {
    guard let demand = Demand(request.times(room.replicas)) else { return nil }
    let isForeignClaim = room.isClaim && viewer != organization
    return Reservation(
      slot: QueueForest.noSlot,
      key: isForeignClaim
        ? .claim : QueueKey(priority: priority, createdAt: createdAt, id: room.deployment),
      demand: demand, devices: room.gpuDevices, serial: 0,
      backfilledCPU: room.backfilledCPU.value, backfilledMemory: room.backfilledMemory.value,
      replicas: room.replicas)
  }
}

/// A deployment further ahead in the queue.
package struct QueuedAhead: Sendable, Equatable {
  package let deployment: DeploymentID
  package let name: String
  package let priority: Int
  package let createdAt: Instant

  package init(deployment: DeploymentID, name: String, priority: Int, createdAt: Instant) {
    self.deployment = deployment
    self.name = name
    self.priority = priority
    self.createdAt = createdAt
  }
}

/// What was asked for, so many times.
package struct RecentRequest: Sendable, Equatable {
  package let request: Resources
  package let gpuModels: [String]
  package let count: Int

  package init(request: Resources, gpuModels: [String], count: Int) {
    self.request = request
    self.gpuModels = gpuModels
    self.count = count
  }
}

/// A deployment that holds resources on a cluster.
package struct ClusterHolder: Sendable, Equatable {
  package let deployment: DeploymentID
  package let name: String
  package let request: Resources
  package let gpuDevices: [Int]
  /// False: of another organization, of which nothing is told.
  package let isOwn: Bool

  package init(
    deployment: DeploymentID, name: String, request: Resources, gpuDevices: [Int],
    isOwn: Bool = true
  ) {
    self.deployment = deployment
    self.name = name
    self.request = request
    self.gpuDevices = gpuDevices
    self.isOwn = isOwn
  }

  package var label: String { deployment.label(name) }
}

/// What explanations read. Any replica may ask, leader or not.
package protocol SituationStore: Sendable {
  /// The situation of a deployment, which need not exist: by its organization, the cluster that it
  /// names and its place in the queue. One snapshot.
  func situation(of deployment: Deployment) async throws(DomainError) -> QueueSituation
  /// Those that hold resources on a cluster, by identifier, at most `limit`; whose `isOwn` is of
  /// `organization`.
  func holders(
    on cluster: ClusterID, seenBy organization: OrganizationID, limit: Int
  ) async throws(DomainError) -> [ClusterHolder]
  /// Those that a deployment that waits may preempt on these clusters as far as organization,
  /// priority and attempts go, of each cluster the cheapest, at most `limit`; and what
  /// organizations hold on those of them that have quotas.
  func preemptible(
    by deployment: Deployment, on clusters: [ClusterID], limit: Int
  ) async throws(DomainError) -> Preemptible
  /// The latest events of a deployment, oldest first, at most `limit`.
  func latestEvents(
    of deployment: DeploymentID, limit: Int
  ) async throws(DomainError) -> [DeploymentEvent]
}
