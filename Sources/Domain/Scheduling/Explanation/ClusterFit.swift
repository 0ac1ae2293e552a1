/// Whether one cluster has room for a deployment now, and what stands in the way if not.
package struct ClusterFit: Sendable, Equatable {
  package enum Verdict: Sendable, Equatable, CaseIterable {
    /// It has room: the engine would place it there.
    case fits
    /// Its GPUs are of none of the models that the deployment names.
    case wrongModel
    /// Too small even when empty.
    case tooSmall
    /// Its agent is lost: nothing is placed there until it is heard again.
    case agentLost
    /// No room now.
    case noRoom
    /// There is room, but it is kept for a deployment further ahead in the queue.
    case reserved
    /// There is room, but a quota lets the organization hold no more: that on the cluster, or that
    /// on all clusters.
    case quota
  }

  package enum Agent: Sendable, Equatable, CaseIterable {
    case attached
    /// Not heard of for so long that it counts as lost.
    case lost
    /// Not attached now, but not lost yet.
    case detached
    /// There never was one. What is placed there waits for it.
    case neverAttached
  }

  package let cluster: ClusterID
  package let name: String
  package let gpuModel: String
  package let verdict: Verdict
  /// By dimension; of `tooSmall` against the empty cluster, else against what is free now for who
  /// stands at this place in the queue. What is kept for another organization counts as free, and
  /// quotas do not count: those are in `quota`.
  package let shortages: [FitShortage]
  package let agent: Agent
  package let agentSeenAt: Instant?
  /// Whom the cluster keeps room for.
  package let reservation: ReservationHolder?
  /// What the organization may hold here; nil: no quotas are set on the cluster.
  package let quota: QuotaFit?
  /// What it may hold on all clusters, where it may not hold the deployment on top.
  let exceeded: QuotaFit?
  /// Were its agent there and its model named, it would fit.
  let hasRoom: Bool
  /// How far it is from fitting: 0 where it fits, larger where more is missing.
  let distance: Double

  /// What is missing, for people.
  package var words: String {
    let missing = shortages.map(\.words).joined(separator: "; ")
    let quotas = quotaWords.map { "; " + $0 } ?? ""
    switch verdict {
    case .fits:
      let borrows =
        quota?.isBorrowing == true ? "; it would borrow, so what others claim goes first" : ""
      return (agent == .neverAttached ? "has room; no agent was ever attached" : "has room")
        + borrows
    case .wrongModel:
      return gpuModel.isEmpty ? "its GPUs are of no named model" : "its GPUs are \(gpuModel)"
    case .tooSmall:
      return "too small even when empty: "
        + shortages.map(\.wordsOfEmpty).joined(separator: "; ")
    case .agentLost:
      return (missing.isEmpty ? "its agent is lost" : "its agent is lost; \(missing)") + quotas
    case .noRoom:
      let behind = reservation.map { " (room is kept for \($0.label))" } ?? ""
      return missing + behind + quotas
    case .reserved:
      return "room is kept for \(reservation?.label ?? "another")"
        + (missing.isEmpty ? "" : ": \(missing)") + quotas
    case .quota: return quotaWords ?? "a quota allows no more"
    }
  }

  /// Which quotas keep it back, and by how much; nil: none.
  private var quotaWords: String? {
    let here = quota.flatMap { $0.allows ? nil : "the quota here: \($0.words)" }
    let onAll = exceeded.map { "the organization's quota on all clusters: \($0.words)" }
    let all = [here, onAll].compactMap(\.self)
    return all.isEmpty ? nil : all.joined(separator: "; ")
  }

  /// Whether a quota would have to change for it ever to run here.
  var isNeverAllowed: Bool { quota?.isNever == true || exceeded?.isNever == true }
}

/// Whom a cluster keeps room for, as far as the caller may see it.
package struct ReservationHolder: Sendable, Equatable {
  /// Nil: one of another organization, of which nothing is told.
  package let deployment: DeploymentID?
  package let name: String
  package let priority: Int

  /// Of another organization.
  static let foreign = ReservationHolder(deployment: nil, name: "", priority: 0)

  var label: String { deployment?.label(name) ?? "a deployment of another organization" }
}

extension ClusterBook {
  /// As it would be with its agent.
  var whenHeard: ClusterBook {
    var copy = self
    copy.hasLostAgent = false
    return copy
  }

  /// As it would be without the organization's quota.
  var withoutQuota: ClusterBook {
    var copy = self
    copy.quota = nil
    return copy
  }

  /// The verdict for who stands at this place in the queue. `fits` exactly if the engine would
  /// place it here: the same books, the same room.
  ///
  /// - Parameters:
  ///   - left: what the organization may still hold on all clusters; nil: anything.
  ///   - tellsKept: whether shortages count what is kept for another deployment.
  func verdict(
    for demand: Demand, models: [String], key: QueueKey, left: Amounts?, tellsKept: Bool
  ) -> (verdict: ClusterFit.Verdict, shortages: [FitShortage]) {
    let present = whenHeard.withoutQuota
    let whole = Room(
      cpu: cpu, memory: memory, wholeDevices: Int64(deviceCount),
      largestShare: deviceCount > 0 ? MilliGPU.device.value : 0)
    let room = present.room(for: key)
    let missing = FitShortage.all(
      of: demand, in: tellsKept ? room : present.room, capacity: whole)
    guard demand.kind == .noGPU || accepts(models) else { return (.wrongModel, missing) }
    guard present.couldHold(demand) else {
      return (.tooSmall, FitShortage.all(of: demand, in: whole, capacity: whole))
    }
    if hasLostAgent { return (.agentLost, missing) }
    guard room.fits(demand) else {
      return (present.room.fits(demand) ? .reserved : .noRoom, missing)
    }
    return (whenHeard.hasRoom(for: demand, key: key, left: left) ? .fits : .quota, [])
  }
}
