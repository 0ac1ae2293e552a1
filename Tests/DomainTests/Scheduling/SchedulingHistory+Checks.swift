import Testing

@testable import Domain

/// What holds of the engine's decisions and books, whatever it was told.
extension SchedulingHistory {
  /// Exactly those whose time is up, but for those that were refused just now.
  mutating func checkExpirations(_ decided: [Expiration], limit: Int) {
    let due = reference.due(now: now, committed: { id in !open.contains { $0.deployment == id } })
    let must = due.filter { (reference.keptUntil[$0.key] ?? now) <= now }
    for expiration in decided {
      #expect(due[expiration.deployment] == expiration, "seed \(seed)")
      reference.expiring.insert(expiration.deployment)
      reference.keptUntil[expiration.deployment] = nil
    }
    if decided.count < limit {
      let missed = must.filter { !reference.expiring.contains($0.key) }.map(\.value)
      #expect(missed == [], "seed \(seed)")
    }
    expirations += decided
  }

  /// For one that fits nowhere, once an attempt; of those that may be taken, none too many and none
  /// of a higher priority than needed.
  mutating func check(_ preemption: Preemption) {
    guard let preemptor = reference.queued[preemption.deployment],
      let machine = reference.machines[preemption.cluster]
    else {
      Issue.record("seed \(seed): \(preemption) is of nobody who waits")
      return
    }
    #expect((preemptor.notBefore ?? now) <= now, "seed \(seed)")
    #expect(preemption.attempt == preemptor.attempt + 1, "seed \(seed)")
    #expect(preempted.insert(Self.attempt(of: preemption)).inserted, "seed \(seed): twice")
    let usable = reference.machines.values.filter { !isKeptBefore(preemptor, on: $0) }
    #expect(!usable.contains { reference.fits(preemptor, on: $0) }, "seed \(seed): it fits")
    // As they are taken.
    let victims = Array(preemption.victims.map(\.deployment).reversed())
    let takable = takable(for: preemptor, on: machine)
    #expect(victims == takable.filter(victims.contains), "seed \(seed): \(preemption)")
    #expect(
      reference.taken(victims, for: preemptor, on: machine) == victims,
      "seed \(seed): not borrowed")
    for victim in preemption.victims {
      let organization = reference.held[victim.deployment]?.deployment.organization
      #expect(victim.isReclaimed == (organization != preemptor.organization), "seed \(seed)")
    }
    #expect(reference.fits(preemptor, on: machine, without: victims), "seed \(seed)")
    for victim in victims {
      let others = victims.filter { $0 != victim }
      #expect(
        !reference.fits(preemptor, on: machine, without: others),
        "seed \(seed): \(victim) is not needed")
    }
    checkNobodyCheaper(than: victims, for: preemptor, usable)
    reference.preempted.formUnion(victims)
  }

  private func checkNobodyCheaper(
    than victims: [DeploymentID], for preemptor: Deployment,
    _ usable: [ReferenceScheduler.Machine]
  ) {
    let dearest = victims.compactMap { reference.held[$0]?.deployment.priority }.max() ?? 0
    for machine in usable {
      let cheaper = takable(for: preemptor, on: machine)
        .filter { reference.held[$0]!.deployment.priority < dearest }
      let taken = reference.taken(cheaper, for: preemptor, on: machine)
      #expect(
        !reference.fits(preemptor, on: machine, without: taken),
        "seed \(seed): victims of lower priority would do")
    }
  }

  private func takable(
    for preemptor: Deployment, on machine: ReferenceScheduler.Machine
  ) -> [DeploymentID] {
    reference.victims(for: preemptor, on: machine, now: now) { id in
      !open.contains { $0.deployment == id }
    }
  }

  /// Whether the machine keeps room for somebody before it, as its organization sees that.
  func isKeptBefore(
    _ deployment: Deployment, on machine: ReferenceScheduler.Machine
  ) -> Bool {
    guard let pool = engine.poolIndexes[deployment.organization],
      let index = engine.indexOfBook(machine.cluster.id, for: pool)
    else { return false }
    return engine.clusters[index].reservation.map { $0.key < QueueKey(of: deployment) } ?? false
  }

  mutating func countQuotas(_ placements: [Placement]) {
    for placement in placements {
      let owner = reference.machines[placement.cluster]!.cluster.organization
      if reference.queued[placement.deployment]!.organization != owner { placedByGuests += 1 }
    }
    if engine.pools.contains(where: \.isHeldBack) { keptByQuotas += 1 }
  }

  /// All of a gang in one decision, by index.
  mutating func checkGangs(_ placements: [Placement], limit: Int) {
    var indexes: [DeploymentID: [Int]] = [:]
    for placement in placements {
      guard let gang = reference.queued[placement.deployment]?.gang else { continue }
      indexes[gang.id, default: []].append(gang.index)
      if indexes[gang.id]?.count == gang.size { counts.gangs += 1 }
      if gang.index == 0 {
        let all = placements.filter { reference.queued[$0.deployment]?.gang?.id == gang.id }
        #expect(all.count == gang.size, "seed \(seed)")
        #expect(placements.count <= max(limit, gang.size), "seed \(seed)")
      }
    }
    for placed in indexes.values { #expect(placed == Array(placed.indices), "seed \(seed)") }
  }

  /// With reservations the engine may leave things out, but never place what does not fit.
  mutating func checkFits(_ placement: Placement) {
    guard let deployment = reference.queued[placement.deployment],
      let machine = reference.machines[placement.cluster]
    else {
      Issue.record("seed \(seed): placed what is not queued")
      return
    }
    let fits = reference.fits(deployment, on: machine)
    #expect(fits && (deployment.notBefore ?? now) <= now, "seed \(seed): \(placement)")
    #expect(placement.attempt == deployment.attempt + 1, "seed \(seed)")
    let gpu = deployment.request.gpu.value
    let perDevice = min(gpu, 1_000)
    let areFree = placement.gpuDevices.allSatisfy { device in
      device < machine.deviceCount
        && machine.devices[device, default: 0] + perDevice <= 1_000
    }
    let count = gpu == 0 ? 0 : max(1, Int(gpu / 1_000))
    #expect(areFree && placement.gpuDevices.count == count, "seed \(seed): \(placement)")
    reference.place(placement)
  }

  /// The engine's books are those of the reference, to the device.
  func checkBooks() {
    #expect(engine.queuedCount == reference.queued.count, "seed \(seed)")
    #expect(engine.holdingCount == reference.held.count, "seed \(seed)")
    for machine in reference.machines.values {
      guard let index = engine.clusterIndexes[machine.cluster.id] else {
        Issue.record("seed \(seed): a cluster is missing")
        continue
      }
      let book = engine.clusters[index]
      #expect(book.heldCPU == machine.cpu, "seed \(seed)")
      #expect(book.heldMemory == machine.memory, "seed \(seed)")
      for (device, held) in book.devices.enumerated() {
        #expect(held == machine.devices[device, default: 0], "seed \(seed)")
      }
    }
  }

  /// Whoever waits although he would fit waits for a reservation of somebody before him.
  mutating func checkNobodyWaitsForNothing() {
    repeat { decide(limit: 100) } while engine.hasWork
    for deployment in reference.queued.values
    where (deployment.notBefore ?? now) <= now && !reference.expiring.contains(deployment.id) {
      let key = QueueKey(of: deployment)
      if let gang = deployment.gang {
        let isKept = reference.machines.values.contains { isKeptBefore(deployment, on: $0) }
        if gang.index == 0, !isKept {
          #expect(reference.placeAll(deployment) == nil, "seed \(seed): gang \(gang.id) could run")
        }
        continue
      }
      for machine in reference.machines.values
      where reference.fits(deployment, on: machine) {
        let book = engine.clusters[engine.clusterIndexes[machine.cluster.id]!]
        let holder = book.reservation?.key
        #expect(holder.map { $0 < key } ?? false, "seed \(seed): \(deployment.id) could run")
      }
    }
  }
}
