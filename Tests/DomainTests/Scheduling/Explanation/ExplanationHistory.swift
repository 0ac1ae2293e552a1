@testable import Domain

/// A random history of an engine, and what the database would show of it: clusters with sums, what
/// organizations hold, reservations as they were told.
struct ExplanationHistory {
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
  var ceilings: [OrganizationID: ResourceCeiling] = [:]
  var time = 100.0
  var met = Met()

  static let organizations = [Fixtures.organization, Fixtures.other, OrganizationID(0xc)]

  /// What a history has come by, so that a test knows that it tested something.
  struct Met {
    var verdicts: [ClusterFit.Verdict: Int] = [:]
    var advice: [FitAdvice.Kind: Int] = [:]
    var chances: [PreemptionOutlook.Chance: Int] = [:]
    var (borrowing, foreignReservations, reclaims) = (0, 0, 0)

    mutating func add(_ other: Met) {
      verdicts.merge(other.verdicts) { $0 + $1 }
      advice.merge(other.advice) { $0 + $1 }
      chances.merge(other.chances) { $0 + $1 }
      borrowing += other.borrowing
      foreignReservations += other.foreignReservations
      reclaims += other.reclaims
    }
  }

  init(seed: UInt64) {
    self.seed = seed
    random = SeededRandom(seed: seed)
  }

  var now: Instant { .after(time) }
  var lostBefore: Instant { now - .seconds(10) }

  // MARK: - What happens

  mutating func step() {
    switch random.below(15) {
    case 0: addCluster()
    case 1:
      lost = Set(rows.keys.sorted().filter { _ in random.below(5) == 0 })
      engine.apply(.agentsLost(lost))
    case 2..<8:
      let deployment = deployment()
      queued[deployment.id] = deployment
      engine.apply(.deployment(deployment))
    case 8, 9: end()
    case 10, 11: changeQuota()
    default: time += Double(random.below(40)) / 10
    }
    settle()
    takeNotes()
  }

  private mutating func settle() {
    while true {
      let decisions = engine.decide(now: now, limit: 1_000)
      for placement in decisions.placements { place(placement) }
      for preemption in decisions.preemptions { preempt(preemption) }
      if decisions.isEmpty, !engine.hasWork { return }
    }
  }

  private mutating func place(_ placement: Placement) {
    engine.apply(.confirmed(placement))
    guard let deployment = queued.removeValue(forKey: placement.deployment) else { return }
    var placed = deployment.placed(by: placement)
    placed.scheduledAt = now
    held[placed.id] = placed
    engine.apply(.deployment(placed))
  }

  private mutating func preempt(_ preemption: Preemption) {
    var moved: Set<DeploymentID> = []
    for victim in preemption.victims {
      guard let deployment = held.removeValue(forKey: victim.deployment) else { continue }
      var back = deployment.requeued(notBefore: .after(time + 1))
      back.gpuDevices = []
      back.requeuedAt = now
      moved.insert(back.id)
      queued[back.id] = back
      engine.apply(.deployment(back))
      if victim.isReclaimed { met.reclaims += 1 }
    }
    engine.apply(.preemptionSettled(preemption, moved: moved, retryAt: .after(time + 1)))
  }

  /// As the leader tells it, a few at a time.
  private mutating func takeNotes(_ limit: Int = 3) {
    let changes = engine.takeReservationChanges(limit: limit)
    for cluster in changes.dropped { told[cluster] = nil }
    for kept in changes.kept { told[kept.cluster] = kept }
  }

  private mutating func addCluster() {
    guard rows.count < 5 else { return }
    let cluster = fixtures.cluster(
      cpu: Int64(3 + random.below(7)) * 1_000, memory: Int64(3 + random.below(7)) << 30,
      devices: Int64(random.below(4)), model: ["", "T4", "H100"][random.below(3)],
      organization: organization())
    rows[cluster.id] = cluster
    engine.apply(.cluster(cluster))
  }

  private mutating func end() {
    let ids = held.keys.sorted()
    guard !ids.isEmpty, let deployment = held.removeValue(forKey: ids[random.below(ids.count)])
    else { return }
    engine.apply(.deployment(deployment.ended()))
  }

  private func organization() -> OrganizationID {
    Self.organizations[random.below(Self.organizations.count)]
  }

  private mutating func changeQuota() {
    let organization = organization()
    if random.below(3) == 0 {
      ceilings[organization] = random.below(2) == 0 ? nil : ceiling(from: .zero, 12_000, 3_000)
      engine.apply(
        .quota(
          OrganizationQuota(
            organization: organization, limit: ceilings[organization] ?? .none,
            weight: Weight(millis: [500, 1_000, 3_000][random.below(3)]))))
      return
    }
    let ids = rows.keys.sorted()
    guard !ids.isEmpty, var cluster = rows[ids[random.below(ids.count)]] else { return }
    cluster.quotas.removeAll { $0.organization == organization }
    let isGuest = organization != cluster.organization
    let holds = amount(of: organization, on: cluster.id) != .zero
    if random.below(4) > 0 || (isGuest && holds) {
      let left = cluster.quotas.reduce(cluster.capacity) { $0 - $1.guaranteed }
      let guaranteed = guarantee(of: cluster.capacity, left: left)
      cluster.quotas.append(
        ClusterQuota(
          organization: organization, guaranteed: guaranteed,
          limit: ceiling(
            from: guaranteed, cluster.capacity.cpu.value, cluster.capacity.gpu.value),
          mayBorrow: random.below(3) > 0, isAccepted: true,
          reclaim: ReclaimPolicy.allCases[random.below(3)]))
    }
    rows[cluster.id] = cluster
    engine.apply(.cluster(cluster))
  }

  /// Often a third, so that all have something to claim.
  private func guarantee(of whole: Resources, left: Resources) -> Resources {
    func part(_ amount: Int64) -> Int64 { amount * Int64(random.below(5)) / 4 }
    let third = Resources(
      cpu: MilliCPU(whole.cpu.value / 3), memory: Bytes(whole.memory.value / 3),
      gpu: MilliGPU(whole.gpu.value / 3))
    if random.below(3) > 0, third.fits(in: left) { return third }
    return Resources(
      cpu: MilliCPU(part(left.cpu.value)), memory: Bytes(part(left.memory.value)),
      gpu: MilliGPU(part(left.gpu.value)))
  }

  private func ceiling(from least: Resources, _ cpu: Int64, _ gpu: Int64) -> ResourceCeiling {
    var ceiling = ResourceCeiling.none
    if random.below(2) == 0 {
      ceiling.cpu = max(least.cpu, MilliCPU(cpu * Int64(random.below(5)) / 4))
    }
    if random.below(2) == 0 {
      ceiling.gpu = max(least.gpu, MilliGPU(gpu * Int64(random.below(5)) / 4))
    }
    return ceiling
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
    var deployment = fixtures.deployment(
      cpu: Int64(1 + random.below(random.below(2) == 0 ? 60 : 15)) * 100,
      memory: Int64(1 + random.below(random.below(2) == 0 ? 20 : 5)) << 28,
      gpu: gpu,
      models: gpu > 0 && random.below(3) > 0 ? [["T4"], ["H100", "T4"]][random.below(2)] : [],
      priority: random.below(3), cluster: target ? targets[random.below(targets.count)] : nil,
      createdAt: now, organization: organization())
    deployment.terms = QueueTerms(
      preempts: random.below(3) == 0, protection: .seconds(random.below(4)))
    return deployment
  }

  // MARK: - What PostgreSQL would answer

  func amount(
    of organization: OrganizationID, on cluster: ClusterID? = nil,
    without ended: Set<DeploymentID> = []
  ) -> Resources {
    held.values.filter {
      $0.organization == organization && !ended.contains($0.id)
        && (cluster == nil || $0.placedCluster == cluster)
    }.reduce(.zero) { $0 + $1.request }
  }

  mutating func situation(of deployment: Deployment) -> QueueSituation {
    while engine.hasReservationChanges { takeNotes(2) }
    return situation(of: deployment, without: [])
  }

  func situation(
    of deployment: Deployment, without ended: Set<DeploymentID>
  ) -> QueueSituation {
    let organization = deployment.organization
    let clusters = rows.values.sorted { $0.id < $1.id }
      .filter { $0.quota(of: organization) != nil }
      .filter { deployment.requestedCluster.map { [id = $0.id] in $0 == id } ?? true }
      .map { row($0, without: ended) }
    var situation = QueueSituation(
      deployment: deployment, clusters: clusters,
      reservations: told.values.compactMap { kept in
        queued[kept.deployment].map {
          SituationReservation(
            room: kept, organization: $0.organization, name: $0.name, priority: $0.priority,
            createdAt: $0.createdAt, request: $0.request)
        }
      })
    for cluster in clusters where !cluster.quotas.isEmpty {
      situation.held[cluster.id] = amount(of: organization, on: cluster.id, without: ended)
    }
    situation.ceiling = ceilings[organization].flatMap { limit in
      limit == .none
        ? nil : HeldCeiling(limit: limit, held: amount(of: organization, without: ended))
    }
    return situation
  }

  private func row(_ cluster: Cluster, without ended: Set<DeploymentID>) -> Cluster {
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

  func preemptible(by deployment: Deployment, on clusters: [Cluster]) -> Preemptible {
    var preemptible = Preemptible()
    for cluster in clusters {
      let reclaim = cluster.quotas.first { $0.organization == deployment.organization }?.reclaim
      preemptible.holders += held.values.filter { holder in
        guard holder.placedCluster == cluster.id, holder.attempt < holder.maxAttempts else {
          return false
        }
        let isLower = holder.priority < deployment.priority
        return holder.organization == deployment.organization
          ? deployment.terms.preempts && isLower
          : reclaim == .any || reclaim == .lowerPriority && isLower
      }
      guard !cluster.quotas.isEmpty else { continue }
      for organization in Self.organizations {
        preemptible.held[cluster.id, default: [:]][organization] = amount(
          of: organization, on: cluster.id)
      }
    }
    return preemptible
  }
}
