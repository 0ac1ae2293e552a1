extension Deployments {
  /// Changes a deployment that is queued; the scheduler moves it in its queue, its age stays.
  /// Throws `.failedPrecondition` if it is not queued or if no cluster that it may run on could
  /// hold what it asks for now, `.aborted` if it keeps changing at the same time.
  package func update(
    _ grant: AccessGrant, id: String, _ change: DeploymentChange
  ) async throws(DomainError) -> Deployment {
    let id = try await authorizedID(grant, id)
    try Self.check(change, now: clock.now())
    for _ in 0..<DomainLimits.attemptsPerUpdate {
      let current = try await authorized(grant, id)
      guard current.state == .queued else { throw Self.notQueued(current) }
      var changed = try await apply(change, to: current)
      changed.reason = "\(Self.words(from: current, to: changed)) by \(grant.callerName)"
      // Later than the row's, so that a later look is told from an earlier one by it.
      changed.updatedAt = max(clock.now(), current.updatedAt + .microseconds(1))
      if let updated = try await store.update(changed, from: current, in: grant.scope) {
        broadcast.publish(.changed)
        return updated
      }
    }
    throw .aborted("the deployment keeps changing")
  }

  private static func check(_ change: DeploymentChange, now: Instant) throws(DomainError) {
    var validation = Validation()
    if change.isEmpty { validation.refuse("id", "is given with nothing to change") }
    if let priority = change.priority { validation.priority(priority, "priority") }
    if let name = change.priorityClass {
      validation.priorityClassName(name, "priority_class")
      if change.priority != nil {
        validation.refuse("priority", "must be left out where priority_class is given")
      }
    }
    if let resources = change.resources { _ = validation.request(resources, "resources") }
    validation.queueTimeToLive(change.timeToLive?.value, "queue_time_to_live")
    validation.startBy(change.startBy?.value, now: now, "start_by")
    try validation.finish()
  }

  private func apply(
    _ change: DeploymentChange, to current: Deployment
  ) async throws(DomainError) -> Deployment {
    var changed = current
    if let priority = change.priority {
      changed.priority = priority
      changed.terms.leaveClass()
    }
    if let name = change.priorityClass {
      changed.priority = try await changed.terms.join(priorityClass(name))
    }
    if let limit = change.timeToLive { changed.terms.timeToLive = limit.value }
    if let limit = change.startBy { changed.terms.startBy = limit.value }
    guard change.resources != nil || change.gpuModels != nil else { return changed }
    var validation = Validation()
    let request = change.resources.map { validation.request($0, "resources") } ?? current.request
    changed.gpuModels = change.gpuModels ?? current.gpuModels
    validation.gpuModels(
      changed.gpuModels, gpu: change.resources?.gpuMillis ?? current.request.gpu.value,
      "gpu_models")
    changed.request = try validation.passed(request)
    if let problem = try await misfit(changed) { throw .failedPrecondition(problem) }
    return changed
  }

  private static func notQueued(_ deployment: Deployment) -> DomainError {
    .failedPrecondition(
      "only a deployment that is queued can be changed: it is \(deployment.state.rawValue)")
  }

  /// What changed, for its history: "priority 5 to 10, resources".
  private static func words(from old: Deployment, to new: Deployment) -> String {
    var parts: [String] = []
    if old.priority != new.priority { parts.append("priority \(old.priority) to \(new.priority)") }
    if old.terms.priorityClass != new.terms.priorityClass { parts.append("priority class") }
    if old.request != new.request { parts.append("resources") }
    if old.gpuModels != new.gpuModels { parts.append("GPU models") }
    if old.terms.timeToLive != new.terms.timeToLive { parts.append("time-to-live") }
    if old.terms.startBy != new.terms.startBy { parts.append("start deadline") }
    return parts.isEmpty ? "confirmed" : "\(parts.joined(separator: ", ")) changed"
  }
}
