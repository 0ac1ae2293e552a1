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
          name: "big", priority: 5, createdAt: first.createdAt, request: first.request)
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
    #expect(gone.summary == "the cluster that it names is gone")
    #expect(gone.standing == .impossible)
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
