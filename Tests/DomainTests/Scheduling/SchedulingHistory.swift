import Testing

@testable import Domain

/// Drives engine and reference through the same history.
struct SchedulingHistory {
  let seed: UInt64
  let random: SeededRandom
  var fixtures = Fixtures()
  var engine: SchedulingEngine
  var reference = ReferenceScheduler()
  var time = 0.0
  /// Decided and neither confirmed nor refused.
  var open: [Placement] = []
  var expirations: [Expiration] = []
  var preemptions: [Preemption] = []
  /// Attempts for which somebody has preempted.
  var preempted: Set<PreemptedAttempt> = []
  var counts = (expired: 0, preempted: 0, changed: 0, reclaimed: 0, gangs: 0)
  /// News of earlier, which may come again.
  var told: [Deployment] = []
  var answered: [Placement] = []
  /// How often something was told that the engine must pass over.
  var staleNews = 0
  let keepsRoom: Bool
  /// Clusters are shared, and organizations have quotas.
  let shares: Bool
  var placedByGuests = 0
  var keptByQuotas = 0

  struct PreemptedAttempt: Hashable {
    let deployment: DeploymentID
    let attempt: Int
  }

  init(
    seed: UInt64, reservationAfter: Duration, keepsRoom: Bool,
    policy: PlacementPolicy = .berth, shares: Bool = false
  ) {
    self.seed = seed
    self.keepsRoom = keepsRoom
    self.shares = shares
    random = SeededRandom(seed: seed)
    engine = SchedulingEngine(
      configuration: SchedulingConfiguration(
        reservationAfter: reservationAfter, policy: policy))
  }

  var now: Instant { .after(time) }

  mutating func step() {
    if shares, random.below(6) == 0 { changeQuota() }
    if shares, keepsRoom, random.below(2) == 0 {
      queue()
      settleOpen()
    }
    switch random.below(24) {
    case 20: removeCluster()
    case 21, 22: tellAgain()
    case 23: answerAgain()
    case 0: addCluster()
    case 1: changeCluster()
    case 2: loseAgents()
    case 3..<9: queue()
    case 9..<12: end()
    case 12: retry()
    case 13: change()
    case 14..<17: settleOpen()
    default: time += Double(random.below(40)) / 10
    }
    if random.below(3) == 0 { decide(limit: 1 + random.below(4)) }
  }

  func pick<Value>(_ values: some Collection<Value>) -> Value? {
    guard !values.isEmpty else { return nil }
    return Array(values)[random.below(values.count)]
  }

  func organization() -> OrganizationID {
    if shares, random.below(3) == 0 { return Self.third }
    return random.below(3) == 0 ? Fixtures.other : Fixtures.organization
  }

  static let third = OrganizationID(0xc)
  static let organizations = [Fixtures.organization, Fixtures.other, third]

  func amounts(upTo most: Resources) -> Resources {
    func part(_ whole: Int64) -> Int64 { whole * Int64(random.below(5)) / 4 }
    return Resources(
      cpu: MilliCPU(part(most.cpu.value)), memory: Bytes(part(most.memory.value)),
      gpu: MilliGPU(part(most.gpu.value)))
  }

  /// Often a third, so that all have something to claim.
  func guarantee(of whole: Resources, left: Resources) -> Resources {
    let third = Resources(
      cpu: MilliCPU(whole.cpu.value / 3), memory: Bytes(whole.memory.value / 3),
      gpu: MilliGPU(whole.gpu.value / 3))
    return keepsRoom && random.below(2) == 0 && third.fits(in: left)
      ? third : amounts(upTo: left)
  }

  func ceiling(atLeast least: Resources, upTo most: Resources) -> ResourceCeiling {
    let more = amounts(upTo: most)
    var ceiling = ResourceCeiling.none
    if random.below(2) == 0 { ceiling.cpu = max(least.cpu, more.cpu) }
    if random.below(2) == 0 { ceiling.memory = max(least.memory, more.memory) }
    if random.below(2) == 0 { ceiling.gpu = max(least.gpu, more.gpu) }
    return ceiling
  }

  mutating func changeQuota() {
    let organization = Self.organizations[random.below(3)]
    if random.below(3) == 0 {
      let quota = OrganizationQuota(
        organization: organization,
        limit: random.below(2) == 0
          ? .none
          : ceiling(
            atLeast: .zero,
            upTo: Resources(
              cpu: MilliCPU(16_000), memory: Bytes(16 << 30), gpu: MilliGPU(6_000))),
        weight: Weight(millis: [500, 1_000, 3_000][random.below(3)]))
      reference.quotas[organization] = quota
      engine.apply(.quota(quota))
      return
    }
    let sorted = reference.machines.values.sorted { $0.cluster.id < $1.cluster.id }
    guard var machine = pick(sorted) else { return }
    let others = machine.cluster.quotas.filter { $0.organization != organization }
    machine.cluster.quotas = others
    let isGuest = organization != machine.cluster.organization
    let holds = reference.held(by: organization, on: machine.cluster.id) != .zero
    // As the database has it: a share ends when nothing is held under it.
    if random.below(4) > 0 || (isGuest && holds) {
      let left = others.reduce(machine.cluster.capacity) { $0 - $1.guaranteed }
      let guaranteed = guarantee(of: machine.cluster.capacity, left: left)
      machine.cluster.quotas.append(
        ClusterQuota(
          organization: organization, guaranteed: guaranteed,
          limit: ceiling(atLeast: guaranteed, upTo: machine.cluster.capacity),
          mayBorrow: random.below(3) > 0,
          isAccepted: !isGuest || holds || random.below(5) > 0,
          // Reclaim keeps room, which the reference does not know of.
          reclaim: keepsRoom ? ReclaimPolicy.allCases[random.below(3)] : .never))
    }
    machine.isRemoved = false
    reference.machines[machine.cluster.id] = machine
    engine.apply(.cluster(machine.cluster))
  }

  mutating func addCluster() {
    guard reference.machines.count < 7 else { return }
    let cluster = fixtures.cluster(
      cpu: Int64(1 + random.below(8)) * 1_000, memory: Int64(1 + random.below(8)) << 30,
      devices: Int64(random.below(4)), model: ["", "T4", "H100"][random.below(3)],
      organization: organization())
    reference.machines[cluster.id] = ReferenceScheduler.Machine(cluster: cluster)
    engine.apply(.cluster(cluster))
  }

  /// Never below what is held, as the database has it.
  mutating func changeCluster() {
    let sorted = reference.machines.values.sorted { $0.cluster.id < $1.cluster.id }
    guard var machine = pick(sorted) else { return }
    let most = machine.devices.filter { $0.value > 0 }.keys.max().map { $0 + 1 } ?? 0
    machine.cluster.capacity = Resources(
      cpu: MilliCPU(max(Int64(1 + random.below(8)) * 1_000, machine.cpu)),
      memory: Bytes(max(Int64(1 + random.below(8)) << 30, machine.memory)),
      gpu: MilliGPU(Int64(max(random.below(4), most)) * 1_000))
    let guaranteed = machine.cluster.quotas.reduce(Resources.zero) { $0 + $1.guaranteed }
    guard guaranteed.fits(in: machine.cluster.capacity) else { return }
    machine.cluster.gpuModel = ["", "T4", "H100"][random.below(3)]
    // News of a cluster that was removed say that it is there again.
    machine.isRemoved = false
    reference.machines[machine.cluster.id] = machine
    engine.apply(.cluster(machine.cluster))
  }

  mutating func removeCluster() {
    guard let id = pick(reference.machines.keys.sorted()) else { return }
    reference.machines[id]?.isRemoved = true
    engine.apply(.clusterRemoved(id))
  }

  /// Older news of a deployment after newer.
  mutating func tellAgain() {
    guard let old = pick(told) else { return }
    let now: DeploymentProgress
    if let queued = reference.queued[old.id] {
      now = queued.progress
    } else if let held = reference.held[old.id] {
      // Until it is committed, the database says what it said before.
      let isOpen = open.contains { $0.deployment == old.id }
      now =
        isOpen ? held.deployment.progress : held.deployment.placed(by: held.placement).progress
    } else {
      return
    }
    guard old.progress < now else { return }
    staleNews += 1
    engine.apply(.deployment(old))
  }

  /// An answer of the database that came before.
  mutating func answerAgain() {
    guard let old = pick(answered) else { return }
    // A refused attempt may be under way anew: then it would be an answer to that.
    if open.contains(where: { $0.deployment == old.deployment && $0.attempt == old.attempt }) {
      return
    }
    staleNews += 1
    if random.below(2) == 0 {
      engine.apply(.confirmed(old))
    } else {
      engine.apply(.refused(old, retryAt: .after(time + 1)))
    }
  }

  mutating func loseAgents() {
    let all = reference.machines.keys.sorted()
    let lost = Set(all.filter { _ in random.below(4) == 0 })
    reference.lost = lost
    engine.apply(.agentsLost(lost))
  }

  mutating func queue() {
    let gpu: Int64 =
      switch random.below(5) {
      case 0: Int64(1 + random.below(3)) * 1_000
      case 1, 2: Int64(1 + random.below(9)) * 100
      case 3: random.below(4) == 0 ? 1_500 : 0
      default: 0
      }
    let organization = organization()
    let clusters = reference.machines.keys.sorted()
    let models = ["T4", "H100"].filter { _ in random.below(4) == 0 }
    var deployment = fixtures.deployment(
      cpu: Int64(1 + random.below(6)) * 500, memory: Int64(1 + random.below(6)) << 29, gpu: gpu,
      models: models, priority: random.below(3),
      cluster: random.below(4) == 0 ? pick(clusters) : nil, createdAt: now,
      organization: organization)
    if random.below(5) == 0 { deployment.notBefore = .after(time + Double(random.below(5))) }
    deployment.terms = terms()
    let members =
      random.below(6) == 0
      ? fixtures.gang(2 + random.below(3)) { _ in deployment } : [deployment]
    for var member in members {
      member.notBefore = deployment.notBefore
      reference.queued[member.id] = member
      told.append(member)
      engine.apply(.deployment(member))
    }
  }

  /// Preemption keeps room, which the reference does not know of.
  func terms() -> QueueTerms {
    QueueTerms(
      timeToLive: random.below(4) == 0 ? .seconds(1 + random.below(12)) : nil,
      startBy: random.below(5) == 0 ? .after(time + Double(1 + random.below(15))) : nil,
      preempts: keepsRoom && random.below(2) == 0,
      protection: .seconds(random.below(3)))
  }

  /// A deployment of any state is cancelled or completes.
  mutating func end() {
    let ids = (Array(reference.queued.keys) + Array(reference.held.keys)).sorted()
    guard let id = pick(ids) else { return }
    let mates = mates(of: id)
    let isCommitted =
      reference.held[id] != nil && !open.contains { $0.deployment == id }
    if let gang = mates[0].gang, isCommitted, random.below(3) == 0 {
      // By itself: a container of it ended well.
      reference.broken.insert(gang.id)
      end(id, as: .completed)
    } else {
      for mate in mates { end(mate.id, as: .cancelled) }
    }
  }

  /// Those of its gang that have not ended, itself included.
  func mates(of id: DeploymentID) -> [Deployment] {
    guard let one = reference.queued[id] ?? reference.held[id]?.deployment else { return [] }
    return reference.mates(
      of: one, in: Array(reference.queued.values) + reference.held.values.map(\.deployment))
  }

  mutating func end(_ id: DeploymentID, as final: DeploymentState) {
    reference.expiring.remove(id)
    expirations.removeAll { $0.deployment == id }
    if let deployment = reference.queued.removeValue(forKey: id) {
      engine.apply(.deployment(deployment.ended(final)))
    } else if let held = reference.release(id) {
      open.removeAll { $0.deployment == id }
      engine.apply(.deployment(held.deployment.placed(by: held.placement).ended(final)))
    }
  }

  /// A committed attempt fails and goes back to the queue.
  mutating func retry() {
    let committed = reference.held.keys.filter { id in !open.contains { $0.deployment == id } }
    guard let id = pick(committed.sorted()) else { return }
    let isLater = random.below(2) == 0
    requeue(id, notBefore: isLater ? .after(time + Double(random.below(4))) : nil)
  }

  /// With one of a gang all go back, or end if one of them has completed.
  @discardableResult
  mutating func requeue(_ id: DeploymentID, notBefore: Instant?) -> Set<DeploymentID> {
    let mates = mates(of: id)
    for mate in mates {
      if let gang = mate.gang, reference.broken.contains(gang.id) {
        end(mate.id, as: .failed)
        continue
      }
      reference.expiring.remove(mate.id)
      expirations.removeAll { $0.deployment == mate.id }
      if let held = reference.release(mate.id) { requeue(held, notBefore: notBefore) }
    }
    return Set(mates.map(\.id))
  }

  mutating func requeue(_ held: ReferenceScheduler.Held, notBefore: Instant?) {
    let placed = held.deployment.placed(by: held.placement)
    var deployment = placed.requeued(notBefore: notBefore)
    deployment.gpuDevices = []
    deployment.requeuedAt = now
    deployment.hasRun = held.hasRun
    reference.queued[deployment.id] = deployment
    told += [placed, deployment]
    engine.apply(.deployment(deployment))
  }

  /// A queued deployment is changed by its caller.
  mutating func change() {
    let ids = reference.queued.keys.filter { !reference.expiring.contains($0) }
    guard let id = pick(ids.sorted()), var changed = reference.queued[id] else { return }
    let mates = mates(of: id)
    if mates.contains(where: { reference.expiring.contains($0.id) }) { return }
    switch random.below(4) {
    case 0: changed.priority = random.below(3)
    case 1:
      changed.request = Resources(
        cpu: MilliCPU(Int64(1 + random.below(6)) * 500), memory: changed.request.memory,
        gpu: changed.request.gpu)
    case 2: changed.gpuModels = random.below(2) == 0 ? [] : ["T4"]
    default: changed.terms = terms()
    }
    changed.updatedAt = max(now, changed.updatedAt + .microseconds(1))
    counts.changed += 1
    for var mate in mates {
      mate.priority = changed.priority
      mate.request = changed.request
      mate.gpuModels = changed.gpuModels
      mate.terms = changed.terms
      mate.updatedAt = changed.updatedAt
      reference.queued[mate.id] = mate
      engine.apply(.deployment(mate))
    }
  }

  /// The database's answers come, and news of what was placed.
  mutating func settleOpen() {
    // Of a gang all are refused, or none.
    var refused: [DeploymentID: Instant?] = [:]
    while let placement = open.popLast() {
      answered.append(placement)
      let gang = reference.held[placement.deployment]!.deployment.gang?.id
      let chance =
        random.below(4) == 0 ? Instant.after(time + Double(random.below(3))) : nil
      let retryAt = gang.flatMap { refused[$0] } ?? chance
      if let gang { refused[gang] = .some(retryAt) }
      if let retryAt, let held = reference.release(placement.deployment) {
        var deployment = held.deployment
        deployment.notBefore = retryAt
        reference.queued[deployment.id] = deployment
        engine.apply(.refused(placement, retryAt: retryAt))
        continue
      }
      let held = reference.held[placement.deployment]!
      if random.below(2) == 0 { engine.apply(.deployment(held.deployment)) }
      engine.apply(.confirmed(placement))
      if random.below(3) > 0 { tell(placement.deployment, isRunning: random.below(2) == 0) }
    }
    settleExpirations()
    settlePreemptions()
  }

  /// News of what holds.
  mutating func tell(_ id: DeploymentID, isRunning: Bool) {
    guard var held = reference.held[id] else { return }
    held.heldSince = held.heldSince ?? now
    held.isRunning = held.isRunning || isRunning
    held.hasRun = held.hasRun || isRunning
    reference.held[id] = held
    if isRunning, reference.expiring.remove(id) != nil {
      expirations.removeAll { $0.deployment == id }
    }
    var news = held.deployment.placed(
      by: held.placement, state: held.isRunning ? .running : .scheduled)
    news.scheduledAt = held.heldSince
    news.hasRun = held.hasRun
    engine.apply(.deployment(news))
  }

  mutating func settleExpirations() {
    while let expiration = expirations.popLast() {
      let id = expiration.deployment
      guard reference.expiring.remove(id) != nil else { continue }
      if random.below(4) == 0 {
        let retryAt = Instant.after(time + Double(random.below(3)))
        reference.keptUntil[id] = retryAt
        engine.apply(.expirationRefused(expiration, retryAt: retryAt))
        continue
      }
      counts.expired += 1
      for mate in mates(of: id) { end(mate.id, as: .failed) }
    }
  }

  /// All of the victims go, some have gone before, or nothing was committed.
  mutating func settlePreemptions() {
    while let preemption = preemptions.popLast() {
      let isCommitted =
        random.below(4) > 0 && reference.queued[preemption.deployment] != nil
      var moved: Set<DeploymentID> = []
      for victim in preemption.victims {
        reference.preempted.remove(victim.deployment)
        // One that was taken with another of its gang moved too.
        guard isCommitted, !moved.contains(victim.deployment),
          let held = reference.held[victim.deployment],
          held.placement.attempt == victim.attempt
        else { continue }
        moved.formUnion(
          requeue(victim.deployment, notBefore: .after(time + Double(random.below(3)))))
      }
      counts.preempted += moved.count
      counts.reclaimed += preemption.victims.count {
        $0.isReclaimed && moved.contains($0.deployment)
      }
      if moved.isEmpty { preempted.remove(Self.attempt(of: preemption)) }
      engine.apply(.preemptionSettled(preemption, moved: moved, retryAt: .after(time + 1)))
    }
  }

  static func attempt(of preemption: Preemption) -> PreemptedAttempt {
    PreemptedAttempt(deployment: preemption.deployment, attempt: preemption.attempt)
  }

  mutating func decide(limit: Int) {
    let decisions = engine.decide(now: now, limit: limit)
    checkExpirations(decisions.expirations, limit: limit)
    let placements = decisions.placements
    checkGangs(placements, limit: limit)
    if keepsRoom {
      for placement in placements { checkFits(placement) }
    } else {
      reference.engine = engine
      countQuotas(placements)
      let expected = reference.decide(now: now, limit: limit)
      #expect(placements == expected, "seed \(seed)")
    }
    open += placements
    for preemption in decisions.preemptions { check(preemption) }
    preemptions += decisions.preemptions
  }
}
