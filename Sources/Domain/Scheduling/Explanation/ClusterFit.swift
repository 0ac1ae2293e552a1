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
  /// stands at this place in the queue.
  package let shortages: [FitShortage]
  package let agent: Agent
  package let agentSeenAt: Instant?
  /// Whom the cluster keeps room for.
  package let reservation: ReservationHolder?
  /// How far it is from fitting: 0 where it fits, larger where more is missing.
  let distance: Double

  /// What is missing, for people.
  package var words: String {
    let missing = shortages.map(\.words).joined(separator: "; ")
    switch verdict {
    case .fits:
      return agent == .neverAttached ? "has room; no agent was ever attached" : "has room"
    case .wrongModel:
      return gpuModel.isEmpty ? "its GPUs are of no named model" : "its GPUs are \(gpuModel)"
    case .tooSmall:
      return "too small even when empty: "
        + shortages.map(\.wordsOfEmpty).joined(separator: "; ")
    case .agentLost:
      return missing.isEmpty ? "its agent is lost" : "its agent is lost; \(missing)"
    case .noRoom:
      let behind = reservation.map { " (room is kept for \($0.label))" } ?? ""
      return missing + behind
    case .reserved: return "room is kept for \(reservation?.label ?? "another"): \(missing)"
    }
  }
}

/// Whom a cluster keeps room for, as far as the caller may see it.
package struct ReservationHolder: Sendable, Equatable {
  package let deployment: DeploymentID
  package let name: String
  package let priority: Int

  var label: String { deployment.label(name) }
}

extension ClusterBook {
  /// As it would be with its agent.
  var whenHeard: ClusterBook {
    var copy = self
    copy.hasLostAgent = false
    return copy
  }

  /// The verdict for who stands at this place in the queue. `fits` exactly if the engine would
  /// place it here: the same books, the same room.
  func verdict(
    for demand: Demand, models: [String], key: QueueKey
  ) -> (verdict: ClusterFit.Verdict, shortages: [FitShortage]) {
    let present = whenHeard
    let whole = Room(
      cpu: cpu, memory: memory, wholeDevices: Int64(deviceCount),
      largestShare: deviceCount > 0 ? MilliGPU.device.value : 0)
    let room = present.room(for: key)
    let missing = FitShortage.all(of: demand, in: room, capacity: whole)
    guard demand.kind == .noGPU || accepts(models) else { return (.wrongModel, missing) }
    guard present.couldHold(demand) else {
      return (.tooSmall, FitShortage.all(of: demand, in: whole, capacity: whole))
    }
    if hasLostAgent { return (.agentLost, missing) }
    if room.fits(demand) { return (.fits, []) }
    return (present.room.fits(demand) ? .reserved : .noRoom, missing)
  }
}
