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

  /// How long `count` decisions take.
  mutating func measure(_ count: Int) -> Duration {
    var made = 0
    let begin = ContinuousClock.now
    while made < count {
      endOne()
      arrive()
      now = now + .milliseconds(1)
      made += decide()
      // What fits nowhere is not kept where no queue is asked for.
      if length == 0 { made += giveUp() }
    }
    return (ContinuousClock.now - begin) * (Double(count) / Double(made))
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
  private mutating func arrive() {
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
    engine.apply(.deployment(deployment))
  }

  private mutating func endOne() {
    guard !running.isEmpty else { return }
    let index = random.below(running.count)
    let deployment = running[index]
    running[index] = running[running.count - 1]
    running.removeLast()
    engine.apply(.deployment(deployment))
  }

  @discardableResult
  private mutating func decide() -> Int {
    var count = 0
    repeat {
      for placement in engine.decide(now: now, limit: Self.batch).placements {
        engine.apply(.confirmed(placement))
        count += 1
        if let deployment = pending.removeValue(forKey: placement.deployment) {
          running.append(deployment.completed(placement))
        }
      }
    } while engine.hasWork
    return count
  }

  private mutating func giveUp() -> Int {
    let count = pending.count
    for deployment in pending.values { engine.apply(.deployment(deployment.cancelled())) }
    pending.removeAll(keepingCapacity: true)
    return count
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
