import Domain

/// An engine in its usual state, full but for a little, in which work ends and other work comes. A
/// decision is everything that goes with it: the end of one deployment, the arrival of another, the
/// decision, its confirmation.
struct EngineChurn {
  /// Of the published trace.
  static let queueClusters = 1_213
  private static let organization = OrganizationID(1)
  /// Batches of this size, as the scheduler decides.
  private static let batch = 256

  private var engine = SchedulingEngine()
  private var random = SplitMix(seed: 42)
  private var running: [Deployment] = []
  private var pending: [DeploymentID: Deployment] = [:]
  private var lastID: UInt128 = 0
  private var now = Instant(microseconds: 1_700_000_000_000_000)
  private let length: Int
  private let isOfAnySize: Bool

  /// - Parameters:
  ///   - clusters: of 0 to 8 devices.
  ///   - queue: how many wait besides. 0: a tenth of the clusters' room stays free.
  ///   - isOfAnySize: requests of thousands of sizes. Else of 112, as people choose from: fewer
  ///     than an organization's `SchedulingLimits.placementKinds`.
  init(clusters: Int, queue: Int, isOfAnySize: Bool = false) {
    length = queue
    self.isOfAnySize = isOfAnySize
    for _ in 0..<clusters { addCluster() }
    var free = clusters / 10
    // Filled up: what comes fits nowhere, again and again.
    while free >= 0 {
      for _ in 0..<Self.batch { arrive() }
      decide()
      if !pending.isEmpty {
        for deployment in pending.values { engine.apply(.deployment(deployment.cancelled())) }
        pending = [:]
        free -= Self.batch
      }
    }
    if queue == 0 { for _ in 0..<(running.count / 10) { endOne() } }
    while pending.count < queue { arrive() }
    decide()
  }

  /// How long `count` decisions take. What ends and what comes is chosen and fetched before the
  /// clock runs: the callers' memory is not the engine's.
  mutating func measure(_ count: Int) -> Duration {
    var made = 0
    var took = Duration.zero
    while made < count {
      let ended = (0..<Self.batch).compactMap { _ in takeRunning() }
      let arriving = (0..<Self.batch).map { _ in makeDeployment() }
      var placements: [Placement] = []
      let begin = ContinuousClock.now
      for index in arriving.indices {
        if index < ended.count { engine.apply(.deployment(ended[index])) }
        engine.apply(.deployment(arriving[index]))
        now = now + .milliseconds(1)
        decide(into: &placements)
      }
      took += ContinuousClock.now - begin
      made += placements.count
      settle(placements)
      // What fits nowhere is not kept where no queue is asked for.
      if length == 0 { made += giveUp(&took) }
    }
    return took * (Double(count) / Double(made))
  }

  // MARK: - Inside

  private mutating func addCluster() {
    lastID += 1
    let devices = [0, 2, 2, 4, 8, 8][random.below(6)]
    engine.apply(
      .cluster(
        Cluster(
          id: ClusterID(lastID), organization: Self.organization, name: "",
          capacity: Resources(
            cpu: MilliCPU(Int64(32_000 + 12_000 * devices)),
            memory: Bytes(Int64(128 + 48 * devices) << 30),
            gpu: MilliGPU(Int64(devices) * 1_000)),
          gpuModel: ["T4", "A100"][random.below(2)], createdAt: now, updatedAt: now)))
  }

  /// Half ask for a share, a few for several devices, a few for none.
  private mutating func makeDeployment() -> Deployment {
    lastID += 1
    let gpu =
      switch random.below(20) {
      case 0..<3: Int64(0)
      case 3..<13: Int64(1 + random.below(9)) * 100
      case 13..<18: Int64(1_000)
      default: Int64([2_000, 4_000, 8_000][random.below(3)])
      }
    let devices = max(1, gpu / 1_000)
    let cpu = isOfAnySize ? 1 + random.below(12) : [1, 2, 4, 8][random.below(4)]
    let memory = isOfAnySize ? 1 + random.below(48) : 4 * cpu
    let deployment = Deployment(
      id: DeploymentID(lastID), organization: Self.organization, requestedCluster: nil, name: "",
      image: "", command: [], environment: [:],
      request: Resources(
        cpu: MilliCPU(Int64(cpu) * 1_000 * devices),
        memory: Bytes(Int64(memory) << 30),
        gpu: MilliGPU(gpu)),
      gpuModels: random.below(10) == 0 ? ["A100"] : [], priority: random.below(4),
      maxAttempts: 3, createdBy: "", createdAt: now, updatedAt: now)
    pending[deployment.id] = deployment
    return deployment
  }

  private mutating func arrive() { engine.apply(.deployment(makeDeployment())) }

  private mutating func takeRunning() -> Deployment? {
    guard !running.isEmpty else { return nil }
    running.swapAt(random.below(running.count), running.count - 1)
    return running.removeLast()
  }

  private mutating func endOne() {
    if let deployment = takeRunning() { engine.apply(.deployment(deployment)) }
  }

  private mutating func decide(into placements: inout [Placement]) {
    repeat {
      for placement in engine.decide(now: now, limit: Self.batch).placements {
        engine.apply(.confirmed(placement))
        placements.append(placement)
      }
    } while engine.hasWork
  }

  private mutating func decide() {
    var placements: [Placement] = []
    decide(into: &placements)
    settle(placements)
  }

  private mutating func settle(_ placements: [Placement]) {
    for placement in placements {
      if let deployment = pending.removeValue(forKey: placement.deployment) {
        running.append(deployment.completed(placement))
      }
    }
  }

  private mutating func giveUp(_ took: inout Duration) -> Int {
    let cancelled = pending.values.map { $0.cancelled() }
    pending.removeAll(keepingCapacity: true)
    let begin = ContinuousClock.now
    for deployment in cancelled { engine.apply(.deployment(deployment)) }
    took += ContinuousClock.now - begin
    return cancelled.count
  }
}

extension Deployment {
  fileprivate func cancelled() -> Deployment {
    var copy = self
    copy.state = .cancelled
    return copy
  }

  fileprivate func completed(_ placement: Placement) -> Deployment {
    var copy = self
    copy.state = .completed
    copy.attempt = placement.attempt
    return copy
  }
}
