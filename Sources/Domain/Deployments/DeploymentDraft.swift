/// A deployment as a caller asks for it, unchecked.
package struct DeploymentDraft: Sendable, Equatable {
  /// May be empty where `clusterID` is given.
  package var organizationID: String
  /// Empty or "any": any cluster of the organization.
  package var clusterID: String
  package var name: String
  package var image: String
  /// Empty: the image's own.
  package var command: [String]
  package var environment: [String: String]
  /// Nil: left out, which is refused.
  package var resources: RequestedResources?
  package var gpuModels: [String]
  package var priority: Int
  /// 0: the default.
  package var maxAttempts: Int
  /// Empty: none.
  package var idempotencyKey: String
  /// How long it may be queued without a break; nil: for ever.
  package var timeToLive: Duration?
  /// By when it must be running; nil: no matter.
  package var startBy: Instant?
  /// The class that says its priority, which is left at 0 then; empty: none.
  package var priorityClass: String
  /// A gang of so many; 0 or 1: an ordinary deployment.
  package var replicas: Int
  /// Where the call stands in its trace, if somebody follows it.
  package var traceparent: String?

  package init(
    organizationID: String = "", clusterID: String = "", name: String = "", image: String,
    command: [String] = [], environment: [String: String] = [:], resources: RequestedResources?,
    gpuModels: [String] = [], priority: Int = 0, maxAttempts: Int = 0, idempotencyKey: String = "",
    timeToLive: Duration? = nil, startBy: Instant? = nil, priorityClass: String = "",
    replicas: Int = 0, traceparent: String? = nil
  ) {
    self.organizationID = organizationID
    self.clusterID = clusterID
    self.name = name
    self.image = image
    self.command = command
    self.environment = environment
    self.resources = resources
    self.gpuModels = gpuModels
    self.priority = priority
    self.maxAttempts = maxAttempts
    self.idempotencyKey = idempotencyKey
    self.timeToLive = timeToLive
    self.startBy = startBy
    self.priorityClass = priorityClass
    self.replicas = replicas
    self.traceparent = traceparent
  }
}
