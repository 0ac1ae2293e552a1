import Testing

@testable import Domain

/// What is explained against what the engine does, on random histories: the explanation sees what
/// the database would show, clusters with sums and reservations as they were told. A failure names
/// the seed, which replays it.
@Suite struct ExplanationModelTests {
  private struct History {
    let seed: UInt64
    let random: SeededRandom
    var fixtures = Fixtures()
    var engine = SchedulingEngine(
      configuration: SchedulingConfiguration(reservationAfter: .seconds(3)))
    var rows: [ClusterID: Cluster] = [:]
    var queued: [DeploymentID: Deployment] = [:]
    var held: [DeploymentID: Deployment] = [:]
    var lost: Set<ClusterID> = []
    var told: [ClusterID: KeptRoom] = [:]
    var time = 100.0
    var found: [ClusterFit.Verdict: Int] = [:]
    var advised: [FitAdvice.Kind: Int] = [:]

    init(seed: UInt64) {
      self.seed = seed
      random = SeededRandom(seed: seed)
    }

    var now: Instant { .after(time) }

    mutating func step() {
      switch random.below(12) {
      case 0: addCluster()
      case 1:
        lost = Set(rows.keys.sorted().filter { _ in random.below(5) == 0 })
        engine.apply(.agentsLost(lost))
      case 2..<8:
        let deployment = deployment()
        queued[deployment.id] = deployment
        engine.apply(.deployment(deployment))
      case 8, 9: end()
      default: time += Double(random.below(30)) / 10
      }
      for placement in engine.settle(now: now) {
        guard let deployment = queued.removeValue(forKey: placement.deployment) else { continue }
        held[deployment.id] = deployment.placed(by: placement)
      }
      let changes = engine.takeReservationChanges(limit: 3)
      for cluster in changes.dropped { told[cluster] = nil }
      for kept in changes.kept { told[kept.cluster] = kept }
    }

    private mutating func addCluster() {
      guard rows.count < 5 else { return }
      let cluster = fixtures.cluster(
        cpu: Int64(1 + random.below(8)) * 1_000, memory: Int64(1 + random.below(8)) << 30,
        devices: Int64(random.below(4)), model: ["", "T4", "H100"][random.below(3)])
      rows[cluster.id] = cluster
      engine.apply(.cluster(cluster))
    }

    private mutating func end() {
      let ids = held.keys.sorted()
      guard !ids.isEmpty, let deployment = held.removeValue(forKey: ids[random.below(ids.count)])
      else { return }
      engine.apply(.deployment(deployment.ended()))
    }

    mutating func deployment() -> Deployment {
      let gpu: Int64 =
        switch random.below(4) {
        case 0: Int64(1 + random.below(3)) * 1_000
        case 1: Int64(1 + random.below(9)) * 100
        default: 0
        }
      let targets = rows.keys.sorted()
      let target = random.below(5) == 0 && !targets.isEmpty
      return fixtures.deployment(
        cpu: Int64(1 + random.below(60)) * 100, memory: Int64(1 + random.below(20)) << 28,
        gpu: gpu,
        models: gpu > 0 && random.below(3) > 0 ? [["T4"], ["H100", "T4"]][random.below(2)] : [],
        priority: random.below(3), cluster: target ? targets[random.below(targets.count)] : nil,
        createdAt: now)
    }

    /// What PostgreSQL would answer of a deployment.
    mutating func situation(of deployment: Deployment) -> QueueSituation {
      while engine.hasReservationChanges {
        let changes = engine.takeReservationChanges(limit: 2)
        for cluster in changes.dropped { told[cluster] = nil }
        for kept in changes.kept { told[kept.cluster] = kept }
      }
      let clusters = rows.values.sorted { $0.id < $1.id }.map { row($0) }
        .filter { deployment.requestedCluster.map { [id = $0.id] in $0 == id } ?? true }
      return QueueSituation(
        deployment: deployment, clusters: clusters,
        reservations: told.values.compactMap { kept in
          queued[kept.deployment].map {
            SituationReservation(
              room: kept, name: $0.name, priority: $0.priority, createdAt: $0.createdAt,
              request: $0.request)
          }
        })
    }

    func row(_ cluster: Cluster, without ended: Set<DeploymentID> = []) -> Cluster {
      var row = cluster
      row.allocated = .zero
      row.gpuAllocated = Array(repeating: 0, count: row.gpuAllocated.count)
      for one in held.values where one.placedCluster == row.id && !ended.contains(one.id) {
        row.allocated = row.allocated + one.request
        for device in one.gpuDevices {
          row.gpuAllocated[device] += min(one.request.gpu.value, 1_000)
        }
      }
      row.agentAttached = !lost.contains(row.id)
      row.agentSeenAt = lost.contains(row.id) ? .start : now
      return row
    }

    var lostBefore: Instant { now - .seconds(10) }

    /// The engine decides for the newcomer as the explanation says.
    mutating func checkNewcomer() {
      let deployment = deployment()
      let situation = situation(of: deployment)
      let demand = Demand(deployment.request)!
      let fits = situation.fits(of: deployment, demand: demand, lostBefore: lostBefore)
      var copy = engine
      copy.apply(.deployment(deployment))
      let placed = copy.settle(now: now).first { $0.deployment == deployment.id }
      let having = Set(fits.filter { $0.verdict == .fits }.map(\.cluster))
      #expect((placed == nil) == having.isEmpty, "seed \(seed): \(deployment) \(fits)")
      if let placed { #expect(having.contains(placed.cluster), "seed \(seed)") }
      let preview = situation.preview(
        of: deployment, lostBefore: lostBefore, policy: engine.configuration.policy)
      #expect((preview == nil) == having.isEmpty, "seed \(seed)")
      if let preview {
        #expect(having.contains(preview.cluster), "seed \(seed)")
        let held = rows[preview.cluster].map { row($0).gpuAllocated } ?? []
        let share = min(deployment.request.gpu.value, 1_000)
        #expect(
          preview.gpuDevices.allSatisfy { held[$0] + share <= 1_000 },
          "seed \(seed): a device that is not free")
      }
      for fit in fits {
        found[fit.verdict, default: 0] += 1
        let lacksNothing = fit.shortages.isEmpty
        if fit.verdict == .noRoom || fit.verdict == .tooSmall || fit.verdict == .reserved {
          #expect(!lacksNothing && fit.shortages.allSatisfy { $0.missing > 0 }, "seed \(seed)")
        }
        if fit.verdict == .fits { #expect(lacksNothing, "seed \(seed)") }
      }
      if having.isEmpty { checkAdvice(deployment, demand, fits, situation) }
    }

    /// Nobody who waits, and whose time it is, is said to fit while the engine leaves him waiting.
    mutating func checkWaiting() {
      for deployment in queued.values.sorted(by: { $0.id < $1.id }) {
        let demand = Demand(deployment.request)!
        let fits = situation(of: deployment).fits(
          of: deployment, demand: demand, lostBefore: lostBefore)
        #expect(
          fits.first?.verdict != .fits, "seed \(seed): \(deployment.id) waits for nothing")
      }
    }

    private mutating func checkAdvice(
      _ deployment: Deployment, _ demand: Demand, _ fits: [ClusterFit],
      _ situation: QueueSituation
    ) {
      let nearest = FitAdvice.nearest(of: fits)
      let holders = held.values.filter { $0.placedCluster == nearest?.cluster }
        .sorted { $0.id < $1.id }
        .map {
          ClusterHolder(
            deployment: $0.id, name: $0.name, request: $0.request, gpuDevices: $0.gpuDevices)
        }
      let key = QueueKey(of: deployment)
      let all = FitAdvice.all(
        for: demand, key: key, fits: fits, situation: situation, holders: holders)
      for advice in all {
        advised[advice.kind, default: 0] += 1
        switch advice.kind {
        case .waitFor where nearest?.verdict == .noRoom:
          checkWaitFor(advice, deployment, demand, situation)
        case .askForLess:
          let less = advice.request.flatMap { Demand($0) }
          let book = situation.book(of: advice.cluster)
          #expect(
            less.map { book?.room(for: key).fits($0) ?? false } ?? false, "seed \(seed): \(advice)")
        case .freeRoom: #expect(!advice.shortages.isEmpty, "seed \(seed)")
        case .waitFor: #expect(advice.deployments.count == 1, "seed \(seed)")
        case .restoreAgent: #expect(lost.contains(advice.cluster), "seed \(seed)")
        case .allowModel:
          #expect(!deployment.gpuModels.contains(advice.gpuModel), "seed \(seed)")
        }
      }
    }

    /// All of them are enough, and none can be spared.
    private func checkWaitFor(
      _ advice: FitAdvice, _ deployment: Deployment, _ demand: Demand, _ situation: QueueSituation
    ) {
      func fits(without ended: Set<DeploymentID>) -> Bool {
        var changed = situation
        changed.clusters = situation.clusters.filter { $0.id == advice.cluster }
          .compactMap { rows[$0.id].map { row($0, without: ended) } }
        return changed.fits(of: deployment, demand: demand, lostBefore: lostBefore)
          .first?.verdict == .fits
      }
      let all = Set(advice.deployments)
      #expect(advice.deploymentCount == all.count && !all.isEmpty, "seed \(seed)")
      #expect(fits(without: all), "seed \(seed): \(advice) is not enough")
      for one in all {
        #expect(!fits(without: all.subtracting([one])), "seed \(seed): \(one) could be spared")
      }
    }
  }

  @Test(
    "says that it fits exactly if the engine would place it, on 120 random histories",
    arguments: 0..<10)
  func agreesWithTheEngine(part: UInt64) {
    var found: [ClusterFit.Verdict: Int] = [:]
    var advised: [FitAdvice.Kind: Int] = [:]
    for seed in part * 12 + 1...part * 12 + 12 {
      var history = History(seed: seed)
      for step in 0..<100 {
        history.step()
        history.checkNewcomer()
        if step % 15 == 0 { history.checkWaiting() }
      }
      found.merge(history.found) { $0 + $1 }
      advised.merge(history.advised) { $0 + $1 }
    }
    for verdict in ClusterFit.Verdict.allCases {
      #expect(found[verdict, default: 0] > 10, "\(verdict) was hardly met: this tested little")
    }
    for kind in FitAdvice.Kind.allCases {
      #expect(advised[kind, default: 0] > 2, "\(kind) was hardly met: this tested little")
    }
  }
}
