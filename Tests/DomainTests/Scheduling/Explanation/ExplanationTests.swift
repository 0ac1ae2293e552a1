import Testing

@testable import Domain

@Suite struct ExplanationTests {
  private var fixtures = Fixtures()

  private func explain(
    _ deployment: Deployment, in situation: QueueSituation, holders: [ClusterHolder] = [],
    now: Instant = .start
  ) throws -> SchedulingExplanation {
    let demand = try #require(Demand(deployment.request))
    let lostBefore = now - .seconds(15)
    let fits = situation.fits(of: deployment, demand: demand, lostBefore: lostBefore)
    return SchedulingExplanation(
      waiting: deployment, demand: demand, fits: fits, situation: situation, holders: holders,
      placement: situation.preview(of: deployment, lostBefore: lostBefore, policy: .berth),
      now: now)
  }

  @Test mutating func `says where one is that runs, and why if there is a reason`() {
    var running = fixtures.deployment(cpu: 1_000, gpu: 1_000)
    running.state = .running
    running.attempt = 1
    running.gpuDevices = [0]
    running.reason = ""
    let silent = SchedulingExplanation(running, history: [])
    #expect(silent.summary == "running in attempt 1 of 3, GPU 0")
    running.reason = "warm"
    let told = SchedulingExplanation(running, history: [])
    #expect(told.summary == "running in attempt 1 of 3, GPU 0: warm")
  }

  @Test mutating func `names the dimension, the amounts and whom to wait for`() throws {
    var cluster = fixtures.cluster(cpu: 8_000, devices: 4, model: "A100")
    cluster.allocated = Resources(
      cpu: MilliCPU(6_500), memory: Bytes(1 << 30), gpu: MilliGPU(3_000))
    cluster.gpuAllocated = [1_000, 1_000, 1_000, 0]
    let holders = (0..<3).map { device in
      ClusterHolder(
        deployment: DeploymentID(UInt128(90 + device)), name: "job\(device)",
        request: Resources(
          cpu: MilliCPU(device == 1 ? 6_000 : 100), memory: Bytes(1), gpu: MilliGPU(1_000)),
        gpuDevices: [device])
    }
    let waiting = fixtures.deployment(cpu: 2_000, gpu: 2_000, models: ["A100"])
    let explanation = try explain(
      waiting, in: QueueSituation(clusters: [cluster], ahead: 3), holders: holders)
    #expect(explanation.standing == .waitsForRoom)
    #expect(
      explanation.summary
        == "waits for room: c1, which lacks least, needs 2 CPU, 1.5 of 8 free; "
        + "needs 2 whole GPUs, 1 of 4 free; 3 ahead of it")
    #expect(explanation.placement == nil)
    #expect(
      explanation.advice.map(\.words) == [
        "wait until these end on c1: job1 (\(holders[1].deployment))"
          + "; those ahead of it come first",
        "free 0.5 CPU and 1 whole GPU on c1",
        "ask for at most 1.5 CPU, 1 GiB of memory and 1 whole GPU: that fits on c1 now",
      ])
  }

  @Test mutating func `tells a lost agent from one that never came`() throws {
    var lost = fixtures.cluster()
    lost.agentSeenAt = .after(-20)
    let never = fixtures.cluster()
    let deployment = fixtures.deployment()
    let alone = try explain(deployment, in: QueueSituation(clusters: [lost]))
    #expect(alone.standing == .impossible)
    #expect(alone.clusters.map(\.verdict) == [.agentLost])
    #expect(alone.advice.map(\.kind).first == .restoreAgent)
    let both = try explain(deployment, in: QueueSituation(clusters: [lost, never]))
    #expect(both.standing == .next)
    #expect(both.clusters.map(\.agent) == [.neverAttached, .lost])
    #expect(both.placement?.cluster == never.id)
  }

  @Test mutating func `an agent that is heard within the time is not lost`() throws {
    var cluster = fixtures.cluster()
    cluster.agentSeenAt = .after(-15)
    let explanation = try explain(
      fixtures.deployment(), in: QueueSituation(clusters: [cluster]))
    #expect(explanation.clusters.map(\.agent) == [.detached])
    #expect(explanation.standing == .next)
  }

  @Test mutating func `room that is kept is named, and holds back only who stands behind`() throws {
    let cluster = fixtures.cluster(cpu: 4_000)
    let first = fixtures.deployment(cpu: 4_000, priority: 5)
    let situation = QueueSituation(
      clusters: [cluster],
      reservations: [
        SituationReservation(
          room: KeptRoom(
            cluster: cluster.id, deployment: first.id, gpuDevices: [],
            backfilledCPU: MilliCPU(0), backfilledMemory: Bytes(0)),
          organization: Fixtures.organization, name: "big", priority: 5, createdAt: first.createdAt,
          request: first.request)
      ])
    let behind = try explain(fixtures.deployment(cpu: 1_000, priority: 4), in: situation)
    #expect(behind.standing == .heldBack)
    #expect(behind.clusters[0].reservation?.deployment == first.id)
    #expect(behind.advice.first?.deployments == [first.id])
    let ahead = try explain(fixtures.deployment(cpu: 1_000, priority: 6), in: situation)
    #expect(ahead.standing == .next)
    let own = try explain(first, in: situation)
    #expect(own.keptOn?.cluster == cluster.id)
  }

  @Test mutating func `who failed waits for his time, whatever room there is`() throws {
    var deployment = fixtures.deployment()
    deployment.notBefore = .after(10)
    deployment.attempt = 1
    deployment.reason = "exit code 1"
    let situation = QueueSituation(clusters: [fixtures.cluster()])
    #expect(try explain(deployment, in: situation).standing == .waitsForRetry)
    #expect(try explain(deployment, in: situation, now: .after(10)).standing == .next)
  }

  @Test mutating func `says what stands in the way for good`() throws {
    let cluster = fixtures.cluster(cpu: 1_000, devices: 1, model: "T4")
    let situation = QueueSituation(clusters: [cluster])
    let large = try explain(fixtures.deployment(cpu: 1_500), in: situation)
    #expect(large.clusters.map(\.verdict) == [.tooSmall])
    #expect(large.clusters[0].words == "too small even when empty: needs 1.5 CPU, has 1")
    #expect(large.advice.map(\.kind) == [.askForLess])
    let picky = try explain(
      fixtures.deployment(gpu: 500, models: ["A100"]), in: situation)
    #expect(picky.clusters.map(\.verdict) == [.wrongModel])
    #expect(picky.advice.map(\.words) == ["allow the GPU model T4: c1 has room"])
    let gone = try explain(
      fixtures.deployment(cluster: ClusterID(99)), in: QueueSituation())
    #expect(
      gone.summary
        == "the cluster that it names is gone, or not shared with its organization any more")
    #expect(gone.standing == .impossible)
  }

  // MARK: - Quotas

  private static let guest = OrganizationID(0xb)

  /// A cluster of the first organization, shared with the other one.
  private mutating func shared(
    guaranteed: Int64 = 1_000, limit: Int64? = nil, reclaim: ReclaimPolicy = .never
  ) -> Cluster {
    var cluster = fixtures.cluster(cpu: 8_000)
    cluster.quotas = [
      ClusterQuota(
        organization: Self.guest,
        guaranteed: Resources(
          cpu: MilliCPU(guaranteed), memory: Bytes(1 << 30), gpu: MilliGPU(0)),
        limit: ResourceCeiling(cpu: limit.map(MilliCPU.init)), isAccepted: true,
        reclaim: reclaim)
    ]
    return cluster
  }

  private static func cpu(_ millis: Int64) -> Resources {
    Resources(cpu: MilliCPU(millis), memory: Bytes(1 << 20), gpu: MilliGPU(0))
  }

  @Test mutating func `names the quota, what is held and what would help`() throws {
    let cluster = shared(limit: 3_000)
    var situation = QueueSituation(clusters: [cluster])
    situation.held[cluster.id] = Self.cpu(2_500)
    let waiting = fixtures.deployment(cpu: 1_000, organization: Self.guest)
    let explanation = try explain(waiting, in: situation)
    #expect(explanation.standing == .waitsForQuota)
    #expect(
      explanation.summary
        == "waits for a quota: there is room on c1, but the quota here: needs 1 CPU, 2.5 of 3 held")
    #expect(explanation.clusters[0].quota?.missing.cpu == MilliCPU(500))
    #expect(
      explanation.advice.map(\.words) == [
        "let other work of the organization end, 0.5 CPU on c1",
        "raise the quota on c1 to 3.5 CPU",
        "ask for at most 0.5 CPU and 1 GiB of memory: that fits on c1 now",
      ])
    let large = try explain(
      fixtures.deployment(cpu: 4_000, organization: Self.guest), in: situation)
    #expect(large.standing == .impossible)
    #expect(large.clusters[0].words == "the quota here: needs 4 CPU, at most 3 allowed")
  }

  @Test mutating func `the quota on all clusters stands for itself`() throws {
    var situation = QueueSituation(clusters: [fixtures.cluster()])
    situation.ceiling = HeldCeiling(
      limit: ResourceCeiling(cpu: MilliCPU(2_000)), held: Self.cpu(1_500))
    let explanation = try explain(fixtures.deployment(), in: situation)
    #expect(explanation.standing == .waitsForQuota && explanation.placement == nil)
    #expect(
      explanation.quota?.missing
        == Resources(
          cpu: MilliCPU(500), memory: Bytes(0), gpu: MilliGPU(0)))
    #expect(
      explanation.advice.prefix(2).map(\.words) == [
        "let other work of the organization end, 0.5 CPU on any cluster",
        "raise the organization's quota on all clusters to 2.5 CPU",
      ])
    #expect(explanation.advice.prefix(2).allSatisfy { $0.cluster == nil })
  }

  @Test mutating func `says that it would borrow`() throws {
    let situation = QueueSituation(clusters: [shared()])
    let within = try explain(
      fixtures.deployment(cpu: 1_000, organization: Self.guest), in: situation)
    #expect(within.summary == "there is room on c1 now")
    let above = try explain(
      fixtures.deployment(cpu: 1_001, organization: Self.guest), in: situation)
    #expect(above.standing == .next && above.clusters[0].quota?.isBorrowing == true)
    #expect(above.summary.contains("to borrow"))
  }

  @Test mutating func `of others nothing is told but that there is something`() throws {
    var cluster = shared()
    cluster.allocated = Self.cpu(5_000)
    let foreign = fixtures.deployment(cpu: 2_500, priority: 9)
    let situation = QueueSituation(
      clusters: [cluster],
      reservations: [
        SituationReservation(
          room: KeptRoom(
            cluster: cluster.id, deployment: foreign.id, gpuDevices: [],
            backfilledCPU: MilliCPU(5_000), backfilledMemory: Bytes(0)),
          organization: foreign.organization, name: "secret", priority: 9,
          createdAt: foreign.createdAt, request: foreign.request)
      ])
    let holder = ClusterHolder(
      deployment: DeploymentID(77), name: "hidden", request: Self.cpu(5_000), gpuDevices: [],
      isOwn: false)
    for cpu in [1_000, 4_000] as [Int64] {
      let waiting = fixtures.deployment(cpu: cpu, organization: Self.guest)
      let told = try explain(waiting, in: situation, holders: [holder])
      #expect(told.standing == (cpu == 1_000 ? .heldBack : .waitsForRoom))
      let words = told.summary + told.advice.map(\.words).joined() + told.clusters[0].words
      for secret in ["secret", "hidden", "\(foreign.id)", "\(DeploymentID(77))", "0.5"] {
        #expect(!words.contains(secret), "\(secret): \(words)")
      }
      #expect(told.clusters[0].reservation?.deployment == nil)
      #expect(told.advice.flatMap(\.deployments).isEmpty)
      #expect(words.contains("another organization") || words.contains("other organizations"))
    }
  }

  // MARK: - Time and preemption

  @Test mutating func `says when its time is up, and of what`() throws {
    var waiting = fixtures.deployment()
    waiting.terms.timeToLive = .seconds(60)
    waiting.terms.startBy = .after(90)
    let situation = QueueSituation(clusters: [fixtures.cluster()])
    let told = try explain(waiting, in: situation)
    #expect(told.timeLimit == TimeLimit(at: .after(60), cause: .queueTimeout))
    waiting.state = .scheduled
    waiting.placedCluster = ClusterID(1)
    let placed = SchedulingExplanation(waiting, history: [])
    #expect(placed.timeLimit == TimeLimit(at: .after(90), cause: .startDeadline))
    waiting.state = .running
    waiting.hasRun = true
    #expect(SchedulingExplanation(waiting, history: []).timeLimit == nil)
  }

  @Test mutating func `says whose place it may take, and from when on`() throws {
    var cluster = shared(guaranteed: 2_000, reclaim: .any)
    cluster.allocated = Self.cpu(8_000)
    var holders = (0..<2).map { _ in fixtures.deployment(cpu: 4_000, priority: 0) }
    for index in holders.indices {
      holders[index].state = .running
      holders[index].attempt = 1
      holders[index].placedCluster = cluster.id
      holders[index].scheduledAt = .after(Double(index))
      holders[index].terms.protection = .seconds(10)
    }
    let preemptible = Preemptible(
      holders: holders, held: [cluster.id: [Fixtures.organization: Self.cpu(8_000)]])
    let situation = QueueSituation(clusters: [cluster])
    let claim = fixtures.deployment(cpu: 1_000, memory: 1 << 20, organization: Self.guest)
    func outlook(_ second: Double) -> PreemptionOutlook {
      situation.preemption(
        for: claim, among: preemptible, on: [cluster], lostBefore: .start,
        now: .after(second))
    }
    let early = outlook(5)
    #expect(early.chance == .later && early.at == .after(10))
    #expect(early.words.contains("1 of other organizations") && early.victims.isEmpty)
    let due = outlook(10)
    #expect(due.chance == .now && due.victimCount == 1 && due.reclaimedCount == 1)
    #expect(due.cluster == cluster.id)
  }

  @Test mutating func `answers are bounded`() throws {
    let clusters = (0..<SchedulingLimits.answeredClusters + 8).map { _ in
      fixtures.cluster(cpu: 1_000)
    }
    let explanation = try explain(
      fixtures.deployment(cpu: 2_000), in: QueueSituation(clusters: clusters))
    #expect(explanation.clusters.count == SchedulingLimits.answeredClusters)
    #expect(explanation.clusterCount == clusters.count)
  }
}
