/// A reservation as the leader tells it to the store, so that every replica can explain it. Never
/// read for a decision.
package struct KeptRoom: Sendable, Equatable {
  package let cluster: ClusterID
  package let deployment: DeploymentID
  package let gpuDevices: [Int]
  /// Held by those who came after the reservation from behind it in the queue.
  package let backfilledCPU: MilliCPU
  package let backfilledMemory: Bytes
  /// It reclaims what its organization is guaranteed: all other organizations stand behind it.
  package let isClaim: Bool
  /// For so many of a gang.
  package let replicas: Int

  package init(
    cluster: ClusterID, deployment: DeploymentID, gpuDevices: [Int], backfilledCPU: MilliCPU,
    backfilledMemory: Bytes, isClaim: Bool = false, replicas: Int = 1
  ) {
    self.cluster = cluster
    self.deployment = deployment
    self.gpuDevices = gpuDevices
    self.backfilledCPU = backfilledCPU
    self.backfilledMemory = backfilledMemory
    self.isClaim = isClaim
    self.replicas = replicas
  }
}

/// What became of reservations since it was told last.
package struct ReservationChanges: Sendable, Equatable {
  /// Those of an earlier term or snapshot are void: whatever is not in `kept` goes.
  package var isReset: Bool
  package var kept: [KeptRoom]
  package var dropped: [ClusterID]

  package init(isReset: Bool = false, kept: [KeptRoom] = [], dropped: [ClusterID] = []) {
    self.isReset = isReset
    self.kept = kept
    self.dropped = dropped
  }

  package var isEmpty: Bool { !isReset && kept.isEmpty && dropped.isEmpty }
}

extension SchedulingEngine {
  package var hasReservationChanges: Bool { !changedReservations.isEmpty }

  /// Every reservation counts as not told yet.
  package mutating func forgetToldReservations() {
    for index in clusters.indices where clusters[index].reservation != nil {
      reservationChanged(index)
    }
  }

  /// Up to `limit` clusters whose reservation changed since it was asked last.
  package mutating func takeReservationChanges(limit: Int) -> ReservationChanges {
    var changes = ReservationChanges()
    guard !changedReservations.isEmpty else { return changes }
    for index in changedReservations.sorted().prefix(limit) {
      changedReservations.remove(index)
      guard let reservation = clusters[index].reservation else {
        changes.dropped.append(clusters[index].id)
        continue
      }
      changes.kept.append(
        KeptRoom(
          cluster: clusters[index].id, deployment: items[Int(reservation.slot)].key.id,
          gpuDevices: reservation.devices, backfilledCPU: MilliCPU(reservation.backfilledCPU),
          backfilledMemory: Bytes(reservation.backfilledMemory), isClaim: reservation.isClaim,
          replicas: reservation.replicas))
    }
    return changes
  }
}
