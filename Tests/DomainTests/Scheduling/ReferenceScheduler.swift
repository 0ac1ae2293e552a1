import Domain

/// What the engine must decide, without reservations, written for reading: everything is looked at
/// again for each decision.
struct ReferenceScheduler {
  struct Machine {
    var cluster: Cluster
    var cpu: Int64 = 0
    var memory: Int64 = 0
    /// By device index.
    var devices: [Int: Int64] = [:]

    var deviceCount: Int { Int(cluster.capacity.gpu.value / 1_000) }
  }

  struct Held {
    var deployment: Deployment
    var placement: Placement
  }

  var machines: [ClusterID: Machine] = [:]
  var lost: Set<ClusterID> = []
  /// Queued, as they are.
  var queued: [DeploymentID: Deployment] = [:]
  /// Placed, committed or not.
  var held: [DeploymentID: Held] = [:]

  mutating func decide(now: Instant, limit: Int) -> [Placement] {
    var placements: [Placement] = []
    while placements.count < limit, let placement = next(now: now) {
      placements.append(placement)
      place(placement)
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

  private func next(now: Instant) -> Placement? {
    let shares = Dictionary(
      uniqueKeysWithValues: Set(queued.values.map(\.organization)).map { ($0, share($0)) })
    let candidates = queued.values.filter { ($0.notBefore ?? now) <= now }
    let ordered = candidates.sorted { a, b in
      if a.priority != b.priority { return a.priority > b.priority }
      if shares[a.organization]! != shares[b.organization]! {
        return shares[a.organization]! < shares[b.organization]!
      }
      return (a.createdAt, a.id) < (b.createdAt, b.id)
    }
    for deployment in ordered {
      if let best = best(for: deployment) { return best }
    }
    return nil
  }

  private func share(_ organization: OrganizationID) -> Double {
    var total: [Double] = [0, 0, 0]
    for machine in machines.values {
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
    return zip(part, total).map { $1 > 0 ? $0 / $1 : 0 }.max()!
  }

  private func best(for deployment: Deployment) -> Placement? {
    var best: (score: [Double], placement: Placement)?
    for machine in machines.values.sorted(by: { $0.cluster.id < $1.cluster.id }) {
      guard let (score, devices) = fit(deployment, on: machine) else { continue }
      if let known = best, !score.lexicographicallyPrecedes(known.score) { continue }
      best = (
        score,
        Placement(
          deployment: deployment.id, attempt: deployment.attempt + 1,
          cluster: machine.cluster.id, gpuDevices: devices)
      )
    }
    return best?.placement
  }

  /// Score and devices if it fits.
  func fit(_ deployment: Deployment, on machine: Machine) -> ([Double], [Int])? {
    let (cluster, request) = (machine.cluster, deployment.request)
    guard cluster.organization == deployment.organization, !lost.contains(cluster.id),
      deployment.requestedCluster == nil || deployment.requestedCluster == cluster.id
    else { return nil }
    let cpuLeft = cluster.capacity.cpu.value - machine.cpu - request.cpu.value
    let memoryLeft = cluster.capacity.memory.value - machine.memory - request.memory.value
    guard cpuLeft >= 0, memoryLeft >= 0 else { return nil }
    let rest =
      Double(cpuLeft) / Double(cluster.capacity.cpu.value)
      + Double(memoryLeft) / Double(cluster.capacity.memory.value)
    let free = (0..<machine.deviceCount).map { 1_000 - machine.devices[$0, default: 0] }
    let gpu = request.gpu.value
    if gpu == 0 { return ([Double(machine.deviceCount), rest], []) }
    guard deployment.gpuModels.isEmpty || deployment.gpuModels.contains(cluster.gpuModel) else {
      return nil
    }
    if gpu < 1_000 {
      let fitting = free.indices.filter { free[$0] >= gpu }
      guard let device = fitting.min(by: { (free[$0], $0) < (free[$1], $1) }) else { return nil }
      return ([Double(free[device] - gpu), rest], [device])
    }
    let whole = free.indices.filter { free[$0] == 1_000 }
    guard gpu % 1_000 == 0, whole.count >= gpu / 1_000 else { return nil }
    return ([Double(whole.count - Int(gpu / 1_000)), rest], Array(whole.prefix(Int(gpu / 1_000))))
  }
}
