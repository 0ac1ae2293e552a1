/// A draft whose every field holds to the rules.
struct CheckedDeployment {
  let organization: OrganizationID?
  let cluster: ClusterID?
  let resources: Resources
  let maxAttempts: Int
  /// 1: an ordinary deployment.
  let replicas: Int

  /// "any", the word for no particular cluster.
  static let anyCluster = "any"

  /// Throws `.invalid` naming every field that breaks a rule.
  init(_ draft: DeploymentDraft, now: Instant) throws(DomainError) {
    var validation = Validation()
    let organization = validation.optionalIdentifier(
      draft.organizationID, "organization_id", of: Organization.self)
    let clusterText = draft.clusterID == Self.anyCluster ? "" : draft.clusterID
    let cluster = validation.optionalIdentifier(clusterText, "cluster_id", of: Cluster.self)
    if draft.organizationID.isEmpty, clusterText.isEmpty {
      validation.refuse("organization_id", "is required where cluster_id names no cluster")
    }
    validation.label(
      draft.name, "name", characters: 0...DomainLimits.deploymentNameCharacters)
    validation.image(draft.image, "image")
    validation.command(draft.command, "command")
    validation.environment(draft.environment, "env")
    let resources = validation.request(draft.resources, "resources")
    validation.gpuModels(draft.gpuModels, gpu: draft.resources?.gpuMillis ?? 0, "gpu_models")
    validation.priority(draft.priority, "priority")
    let attempts = draft.maxAttempts == 0 ? DomainLimits.defaultAttempts : draft.maxAttempts
    if !DomainLimits.attempts.contains(attempts) {
      validation.refuse(
        "max_attempts",
        "must be 1 to \(DomainLimits.attempts.upperBound), or 0 for \(DomainLimits.defaultAttempts)"
      )
    }
    if !(0...DomainLimits.replicas).contains(draft.replicas) {
      validation.refuse(
        "replicas", "must be 2 to \(DomainLimits.replicas), or 0 or 1 for an ordinary deployment")
    }
    validation.idempotencyKey(draft.idempotencyKey, "idempotency_key")
    validation.queueTimeToLive(draft.timeToLive, "queue_time_to_live")
    validation.startBy(draft.startBy, now: now, "start_by")
    if !draft.priorityClass.isEmpty {
      validation.priorityClassName(draft.priorityClass, "priority_class")
      if draft.priority != 0 {
        validation.refuse("priority", "must be left out where priority_class is given")
      }
    }
    // `Validation.passed` says the same, at the price of asking the run time for a tuple's type.
    try validation.finish()
    guard let organization, let cluster, let resources else {
      throw .internal("a field was refused without a violation")
    }
    self.organization = organization
    self.cluster = cluster
    self.resources = resources
    maxAttempts = attempts
    replicas = max(draft.replicas, 1)
  }
}
