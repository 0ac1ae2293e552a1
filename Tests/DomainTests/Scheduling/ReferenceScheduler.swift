@testable import Domain

/// What the engine must decide, without reservations, written for reading: everything is looked at
/// again for each decision.
struct ReferenceScheduler {
  struct Machine {
    var cluster: Cluster
    var cpu: Int64 = 0
    var memory: Int64 = 0
    /// By device index.
    var devices: [Int: Int64] = [:]
    /// What holds here goes on; nothing new comes.
    var isRemoved = false

    var deviceCount: Int { Int(cluster.capacity.gpu.value / 1_000) }
  }

  struct Held {
    var deployment: Deployment
    var placement: Placement
    // As the engine was told.
    var heldSince: Instant?
    var isRunning = false
    var hasRun: Bool

    init(deployment: Deployment, placement: Placement) {
      self.deployment = deployment
      self.placement = placement
      hasRun = deployment.hasRun
    }
  }

  var machines: [ClusterID: Machine] = [:]
  var lost: Set<ClusterID> = []
  /// Queued, as they are.
  var queued: [DeploymentID: Deployment] = [:]
  /// Placed, committed or not.
  var held: [DeploymentID: Held] = [:]
  var quotas: [OrganizationID: OrganizationQuota] = [:]
  /// Decided to end, not yet ended.
  var expiring: Set<DeploymentID> = []
  /// Decided to go back to the queue, still there.
  var preempted: Set<DeploymentID> = []
  /// Expirations that were refused are not decided again before.
  var keptUntil: [DeploymentID: Instant] = [:]
  /// Gangs of which one has completed: they never run again.
  var broken: Set<DeploymentID> = []
  /// How the engine scores: its index, its books and its order are what is checked here.
  var engine = SchedulingEngine()

  mutating func decide(now: Instant, limit: Int) -> [Placement] {
    var placements: [Placement] = []
    while placements.count < limit, let next = next(now: now) {
      // A gang goes into one batch whole.
      if next.count > 1, !placements.isEmpty, placements.count + next.count > limit { break }
      placements += next
      for placement in next { place(placement) }
    }
    return placements
  }

  mutating func place(_ placement: Placement) {
    guard let deployment = queued.removeValue(forKey: placement.deployment) else { return }
    held[deployment.id] = Held(deployment: deployment, placement: placement)
    change(placement, deployment, sign: 1)
  }

  /// Takes back what a deployment holds.
  mutating func release(_ id: DeploymentID) -> Held? {
    guard let entry = held.removeValue(forKey: id) else { return nil }
    preempted.remove(id)
    change(entry.placement, entry.deployment, sign: -1)
    return entry
  }

  private mutating func change(_ placement: Placement, _ deployment: Deployment, sign: Int64) {
    let request = deployment.request
    machines[placement.cluster]?.cpu += sign * request.cpu.value
    machines[placement.cluster]?.memory += sign * request.memory.value
    for device in placement.gpuDevices {
      machines[placement.cluster]?.devices[device, default: 0] +=
        sign * min(request.gpu.value, 1_000)
    }
  }

  // MARK: - One decision

  private struct Next {
    let deployment: Deployment
    /// Of a gang all, by index.
    let placements: [Placement]
    let borrows: Bool
    let share: Double

    static func isBefore(_ a: Self, _ b: Self) -> Bool {
      if a.deployment.priority != b.deployment.priority {
        return a.deployment.priority > b.deployment.priority
      }
      if a.borrows != b.borrows { return b.borrows }
      if a.share != b.share { return a.share < b.share }
      return (a.deployment.createdAt, a.deployment.id) < (b.deployment.createdAt, b.deployment.id)
    }
  }

  /// Of each organization's next one, the first.
  private func next(now: Instant) -> [Placement]? {
    let organizations = Set(queued.values.map(\.organization))
    return organizations.compactMap { next(of: $0, now: now) }.min(by: Next.isBefore)?.placements
  }

  /// The first of its queue that fits somewhere.
  private func next(of organization: OrganizationID, now: Instant) -> Next? {
    let candidates = queued.values.filter {
      $0.organization == organization && ($0.notBefore ?? now) <= now
        && !expiring.contains($0.id) && ($0.gang?.index ?? 0) == 0
    }
    let ordered = candidates.sorted { a, b in
      a.priority != b.priority
        ? a.priority > b.priority : (a.createdAt, a.id) < (b.createdAt, b.id)
    }
    for deployment in ordered {
      guard let (placements, borrows) = placeAll(deployment) else { continue }
      return Next(
        deployment: deployment, placements: placements, borrows: borrows,
        share: share(organization))
    }
    return nil
  }

  /// Where it goes, and the rest of its gang; nil: not all fit.
  func placeAll(_ deployment: Deployment) -> (placements: [Placement], borrows: Bool)? {
    var copy = self
    var placements: [Placement] = []
    var isBorrowing = false
    for member in mates(of: deployment, in: queued.values) {
      guard let best = copy.best(for: member) else { return nil }
      if copy.borrows(member, on: best.cluster) { isBorrowing = true }
      copy.place(best)
      placements.append(best)
    }
    return (placements, isBorrowing)
  }

  /// Those of its gang, itself included, by index.
  func mates(of deployment: Deployment, in all: some Sequence<Deployment>) -> [Deployment] {
    guard let gang = deployment.gang else { return [deployment] }
    return all.filter { $0.gang?.id == gang.id }.sorted { $0.gang!.index < $1.gang!.index }
  }

  private func borrows(_ deployment: Deployment, on id: ClusterID) -> Bool {
    let organization = deployment.organization
    guard let quota = machines[id]!.cluster.quota(of: organization) else { return true }
    return !(held(by: organization, on: id) + deployment.request).fits(in: quota.guaranteed)
  }

  /// On one cluster, or on all.
  func held(by organization: OrganizationID, on cluster: ClusterID? = nil) -> Resources {
    held.values.filter {
      $0.deployment.organization == organization
        && (cluster == nil || $0.placement.cluster == cluster)
    }.reduce(.zero) { $0 + $1.deployment.request }
  }

  /// Whether its quotas let the organization hold so much more there.
  private func mayHold(_ deployment: Deployment, on cluster: Cluster) -> Bool {
    let (organization, request) = (deployment.organization, deployment.request)
    guard let quota = cluster.quota(of: organization),
      quota.ceiling.allows(held(by: organization, on: cluster.id) + request)
    else { return false }
    return quotas[organization]?.limit.allows(held(by: organization) + request) ?? true
  }

  private func share(_ organization: OrganizationID) -> Double {
    var total: [Double] = [0, 0, 0]
    for machine in machines.values where !machine.isRemoved {
      total[0] += Double(machine.cluster.capacity.cpu.value)
      total[1] += Double(machine.cluster.capacity.memory.value)
      total[2] += Double(machine.cluster.capacity.gpu.value)
    }
    var part: [Double] = [0, 0, 0]
    for entry in held.values where entry.deployment.organization == organization {
      part[0] += Double(entry.deployment.request.cpu.value)
      part[1] += Double(entry.deployment.request.memory.value)
      part[2] += Double(entry.deployment.request.gpu.value)
    }
    let weight = Double(quotas[organization]?.weight.millis ?? 1_000) / 1_000
    return zip(part, total).map { $1 > 0 ? $0 / $1 : 0 }.max()! / weight
  }

  private func best(for deployment: Deployment) -> Placement? {
    var best: (score: Double, placement: Placement)?
    for machine in machines.values.sorted(by: { $0.cluster.id < $1.cluster.id })
    where fits(deployment, on: machine) {
      guard let (score, devices) = score(deployment, on: machine) else { continue }
      if let known = best, known.score <= score { continue }
      best = (
        score,
        Placement(
          deployment: deployment.id, attempt: deployment.attempt + 1,
          cluster: machine.cluster.id, gpuDevices: devices)
      )
    }
    return best?.placement
  }

  func fits(_ deployment: Deployment, on machine: Machine) -> Bool {
    let (cluster, request) = (machine.cluster, deployment.request)
    guard mayHold(deployment, on: cluster), !lost.contains(cluster.id), !machine.isRemoved,
      deployment.requestedCluster == nil || deployment.requestedCluster == cluster.id,
      cluster.capacity.cpu.value - machine.cpu >= request.cpu.value,
      cluster.capacity.memory.value - machine.memory >= request.memory.value
    else { return false }
    let free = freeShares(machine)
    let gpu = request.gpu.value
    if gpu == 0 { return true }
    guard deployment.gpuModels.isEmpty || deployment.gpuModels.contains(cluster.gpuModel) else {
      return false
    }
    if gpu < 1_000 { return free.contains { $0 >= gpu } }
    return gpu % 1_000 == 0 && free.count { $0 == 1_000 } >= gpu / 1_000
  }

  /// The policy's score of a copy of the machine alone, and the devices that go with it.
  private func score(_ deployment: Deployment, on machine: Machine) -> (Double, [Int])? {
    guard let demand = Demand(deployment.request),
      let pool = engine.poolIndexes[deployment.organization],
      let index = engine.indexOfBook(machine.cluster.id, for: pool)
    else { return nil }
    var book = ClusterBook(id: machine.cluster.id, pool: 0)
    book.position = engine.clusters[index].position
    if !machine.cluster.quotas.isEmpty || !engine.clusters[index].others.isEmpty,
      let quota = machine.cluster.quota(of: deployment.organization)
    {
      book.quota = QuotaBook(
        guaranteed: Amounts(quota.guaranteed), ceiling: Amounts(quota.ceiling),
        held: Amounts(self.held(by: deployment.organization, on: machine.cluster.id)))
    }
    book.setCapacity(machine.cluster.capacity, gpuModel: machine.cluster.gpuModel)
    let held = Resources(
      cpu: MilliCPU(machine.cpu), memory: Bytes(machine.memory), gpu: MilliGPU(0))
    if let demand = Demand(held) { book.hold(demand, devices: []) }
    for (device, share) in machine.devices where share > 0 {
      let part = Demand(Resources(cpu: MilliCPU(0), memory: Bytes(0), gpu: MilliGPU(share)))
      if let part { book.hold(part, devices: [device]) }
    }
    let placement = engine.pools[pool].placement
    let view = placement.view(of: book, room: book.room, hidden: [])
    let request = PlacementRequest(demand, models: .max)
    let score = placement.score(request, on: 0, of: view)
    switch demand.kind {
    case .noGPU: return (score, [])
    case .share: return placement.device(for: request, on: 0, of: view).map { (score, [$0]) }
    case .wholeDevices:
      let whole = freeShares(machine).enumerated().filter { $0.element == 1_000 }.map(\.offset)
      return (score, Array(whole.prefix(Int(demand.gpu))))
    }
  }

  private func freeShares(_ machine: Machine) -> [Int64] {
    (0..<machine.deviceCount).map { 1_000 - machine.devices[$0, default: 0] }
  }
}
