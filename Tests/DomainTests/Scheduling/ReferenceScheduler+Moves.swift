@testable import Domain

/// Whose time is up, and who may be preempted.
extension ReferenceScheduler {
  func due(now: Instant, committed: (DeploymentID) -> Bool) -> [DeploymentID: Expiration] {
    var due: [DeploymentID: Expiration] = [:]
    for deployment in queued.values where !expiring.contains(deployment.id) {
      let end = deployment.terms.timeToLive.map { deployment.queuedSince + $0 }
      let deadline = deployment.hasRun ? nil : deployment.terms.startBy
      guard let first = [end, deadline].compactMap({ $0 }).min(), first <= now else { continue }
      due[deployment.id] = Expiration(
        deployment: deployment.id, attempt: deployment.attempt, cluster: nil,
        cause: first == end ? .queueTimeout : .startDeadline)
    }
    for entry in held.values
    where committed(entry.deployment.id) && !expiring.contains(entry.deployment.id) {
      guard !entry.isRunning, !entry.hasRun, let deadline = entry.deployment.terms.startBy,
        deadline <= now
      else { continue }
      due[entry.deployment.id] = Expiration(
        deployment: entry.deployment.id, attempt: entry.placement.attempt,
        cluster: entry.placement.cluster, cause: .startDeadline)
    }
    return due
  }

  func victims(
    below priority: Int, now: Instant, committed: (DeploymentID) -> Bool
  ) -> Set<DeploymentID> {
    let entries = held.values.filter { entry in
      let deployment = entry.deployment
      guard deployment.priority < priority, committed(deployment.id),
        entry.placement.attempt < deployment.maxAttempts, let since = entry.heldSince,
        since + deployment.terms.protection <= now
      else { return false }
      return !expiring.contains(deployment.id) && !preempted.contains(deployment.id)
    }
    return Set(entries.map(\.deployment.id))
  }

  /// Whether it would fit once these had gone.
  func fits(
    _ deployment: Deployment, on machine: Machine, without others: some Sequence<DeploymentID>
  ) -> Bool {
    var copy = self
    for other in others { _ = copy.release(other) }
    guard let machine = copy.machines[machine.cluster.id] else { return false }
    return copy.fits(deployment, on: machine)
  }
}
