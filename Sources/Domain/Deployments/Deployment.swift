/// A model image to run, with what it needs.
package struct Deployment: Sendable, Equatable {
  package let id: DeploymentID
  package let organization: OrganizationID
  /// Where it must run; nil: any cluster of the organization.
  package let requestedCluster: ClusterID?
  package let name: String
  package let image: String
  package let command: [String]
  package let environment: [String: String]
  package var request: Resources
  /// Models that its GPUs may be of; empty: any.
  package var gpuModels: [String]
  /// 0 to 1000, higher first.
  package var priority: Int
  package let maxAttempts: Int
  package let createdBy: String
  package let createdAt: Instant

  package var state: DeploymentState
  /// Why it is in this state: a short code with words, for example "placed on c1".
  package var reason: String
  /// Attempts begun: counted when it is placed.
  package var attempt: Int
  /// Where it holds resources, or held them last.
  package var placedCluster: ClusterID?
  /// The devices it holds, ascending; one device with a share below 1000.
  package var gpuDevices: [Int]
  package var exitCode: Int?
  package var notBefore: Instant?
  package var scheduledAt: Instant?
  package var startedAt: Instant?
  package var endedAt: Instant?
  /// Grows with every change of the deployment.
  package var updatedAt: Instant
  package var terms: QueueTerms
  /// When it last came back to the queue; nil: never.
  package var requeuedAt: Instant?
  /// Whether it has been running, in any attempt.
  package var hasRun: Bool
  /// Nil: it is placed by itself.
  package let gang: GangPlace?
  /// Where the call that created it stands in its trace (W3C `traceparent`); nil: nobody follows
  /// it.
  package let traceparent: String?

  package init(
    id: DeploymentID, organization: OrganizationID, requestedCluster: ClusterID?, name: String,
    image: String, command: [String], environment: [String: String], request: Resources,
    gpuModels: [String], priority: Int, maxAttempts: Int, createdBy: String, createdAt: Instant,
    state: DeploymentState = .queued, reason: String = "", attempt: Int = 0,
    placedCluster: ClusterID? = nil, gpuDevices: [Int] = [], exitCode: Int? = nil,
    notBefore: Instant? = nil, scheduledAt: Instant? = nil, startedAt: Instant? = nil,
    endedAt: Instant? = nil, updatedAt: Instant, terms: QueueTerms = QueueTerms(),
    requeuedAt: Instant? = nil, hasRun: Bool = false, gang: GangPlace? = nil,
    traceparent: String? = nil
  ) {
    self.id = id
    self.organization = organization
    self.requestedCluster = requestedCluster
    self.name = name
    self.image = image
    self.command = command
    self.environment = environment
    self.request = request
    self.gpuModels = gpuModels
    self.priority = priority
    self.maxAttempts = maxAttempts
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.state = state
    self.reason = reason
    self.attempt = attempt
    self.placedCluster = placedCluster
    self.gpuDevices = gpuDevices
    self.exitCode = exitCode
    self.notBefore = notBefore
    self.scheduledAt = scheduledAt
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.updatedAt = updatedAt
    self.terms = terms
    self.requeuedAt = requeuedAt
    self.hasRun = hasRun
    self.gang = gang
    self.traceparent = traceparent
  }

  /// Since when it has been queued without a break, if it is queued.
  package var queuedSince: Instant { requeuedAt ?? createdAt }
}

/// One transition of a deployment: a row of its history.
package struct DeploymentEvent: Sendable, Equatable {
  package let deployment: DeploymentID
  /// Ascending over all deployments, in the order in which they were written, not committed.
  package let sequence: Int64
  package let attempt: Int
  package let state: DeploymentState
  package let reason: String
  package let at: Instant

  package init(
    deployment: DeploymentID, sequence: Int64, attempt: Int, state: DeploymentState,
    reason: String, at: Instant
  ) {
    self.deployment = deployment
    self.sequence = sequence
    self.attempt = attempt
    self.state = state
    self.reason = reason
    self.at = at
  }
}

/// Which deployments a listing shows.
package struct DeploymentFilter: Sendable, Equatable {
  /// Empty: all.
  package var states: Set<DeploymentState>
  /// Requested or placed there.
  package var cluster: ClusterID?
  package var priority: Int?
  /// Those of one gang.
  package var gang: DeploymentID?

  package init(
    states: Set<DeploymentState> = [], cluster: ClusterID? = nil, priority: Int? = nil,
    gang: DeploymentID? = nil
  ) {
    self.states = states
    self.cluster = cluster
    self.priority = priority
    self.gang = gang
  }
}

/// Makes a repeated create answer the first one.
package struct IdempotencyKey: Sendable, Equatable {
  /// Scoped to the organization and the caller.
  package let key: String
  /// Digest of the request: the same key with another request is refused.
  package let requestDigest: [UInt8]

  package init(key: String, requestDigest: [UInt8]) {
    self.key = key
    self.requestDigest = requestDigest
  }
}
