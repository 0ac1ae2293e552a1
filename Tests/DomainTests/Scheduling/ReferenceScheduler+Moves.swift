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

  /// Whose place on a machine one that waits may take, the cheapest first: its own organization's
  /// work of lower priority, and work of others while it is within what it is guaranteed.
  func victims(
    for preemptor: Deployment, on machine: Machine, now: Instant,
    committed: (DeploymentID) -> Bool
  ) -> [DeploymentID] {
    let organization = preemptor.organization
    let quota = machine.cluster.quotas.isEmpty ? nil : machine.cluster.quota(of: organization)
    let after = held(by: organization, on: machine.cluster.id) + preemptor.request
    let claims = quota.map { after.fits(in: $0.guaranteed) } ?? false
    func mayGo(_ entry: Held) -> Bool {
      guard committed(entry.deployment.id), let since = entry.heldSince else { return false }
      return since + entry.deployment.terms.protection <= now
        && !expiring.contains(entry.deployment.id)
    }
    func mayTake(_ entry: Held) -> Bool {
      let deployment = entry.deployment
      guard entry.placement.cluster == machine.cluster.id, mayGo(entry),
        entry.placement.attempt < deployment.maxAttempts, !preempted.contains(deployment.id)
      else { return false }
      let mates = held.values.filter {
        $0.deployment.gang != nil && $0.deployment.gang?.id == deployment.gang?.id
      }
      // With one of a gang all go.
      guard mates.count == deployment.gang?.size ?? 0, mates.allSatisfy(mayGo) else { return false }
      let isLower = deployment.priority < preemptor.priority
      if deployment.organization == organization { return preemptor.terms.preempts && isLower }
      return claims && (quota?.reclaim == .any || quota?.reclaim == .lowerPriority && isLower)
    }
    func cost(_ entry: Held) -> (Int, Int, Int, Int64, DeploymentID) {
      (
        entry.deployment.priority, entry.deployment.organization == organization ? 1 : 0,
        entry.deployment.gang == nil ? 0 : 1, (now - (entry.heldSince ?? now)).microseconds,
        entry.deployment.id
      )
    }
    return held.values.filter(mayTake).sorted { cost($0) < cost($1) }.map(\.deployment.id)
  }

  /// Those of the victims, in this order, that may be taken: of another organization only what it
  /// has borrowed, of something that is asked for, beside what is taken before.
  func taken(
    _ victims: [DeploymentID], for preemptor: Deployment, on machine: Machine
  ) -> [DeploymentID] {
    var copy = self
    return victims.filter { id in
      guard let victim = copy.held[id]?.deployment else { return false }
      let organization = victim.organization
      if organization != preemptor.organization {
        let all = copy.held(by: organization, on: machine.cluster.id)
        let own = machine.cluster.quota(of: organization)?.guaranteed ?? .zero
        func isLent(_ amount: (Resources) -> Int64) -> Bool {
          amount(all) > amount(own) && amount(victim.request) > 0
            && amount(preemptor.request) > 0
        }
        guard isLent({ $0.cpu.value }) || isLent({ $0.memory.value }) || isLent({ $0.gpu.value })
        else { return false }
      }
      _ = copy.release(id)
      return true
    }
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
