@testable import Domain

/// Whose time is up, and who may be preempted.
extension ReferenceScheduler {
  func due(now: Instant, committed: (DeploymentID) -> Bool) -> [DeploymentID: Expiration] {
    var due: [DeploymentID: Expiration] = [:]
    // A gang that is queued runs out of time by its first.
    for deployment in queued.values
    where !expiring.contains(deployment.id) && (deployment.gang?.index ?? 0) == 0 {
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
    func mayGo(_ entry: Held) -> Bool {
      guard committed(entry.deployment.id), let since = entry.heldSince else { return false }
      return since + entry.deployment.terms.protection <= now
        && !expiring.contains(entry.deployment.id)
    }
    let entries = held.values.filter { entry in
      let deployment = entry.deployment
      guard deployment.priority < priority, mayGo(entry),
        entry.placement.attempt < deployment.maxAttempts
      else { return false }
      let mates = held.values.filter {
        $0.deployment.gang != nil && $0.deployment.gang?.id == deployment.gang?.id
      }
      // With one of a gang all go.
      guard mates.count == deployment.gang?.size ?? 0, mates.allSatisfy(mayGo) else { return false }
      return !preempted.contains(deployment.id)
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
