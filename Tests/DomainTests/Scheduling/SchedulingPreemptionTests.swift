import Testing

@testable import Domain

@Suite struct SchedulingPreemptionTests {
  private var fixtures = Fixtures()
  private var engine = SchedulingEngine()

  /// A deployment that has run on the cluster since that second.
  private mutating func running(
    _ cluster: Cluster, cpu: Int64 = 1_000, gpu: Int64 = 0, devices: [Int] = [],
    priority: Int = 1, since: Double = 0, attempt: Int = 1, maxAttempts: Int = 3,
    protection: Double = 0
  ) -> Deployment {
    var deployment = fixtures.deployment(
      cpu: cpu, gpu: gpu, priority: priority, maxAttempts: maxAttempts)
    deployment.terms.protection = .seconds(protection)
    deployment.state = .running
    deployment.attempt = attempt
    deployment.placedCluster = cluster.id
    deployment.gpuDevices = devices
    deployment.scheduledAt = .after(since)
    deployment.hasRun = true
    engine.apply(.deployment(deployment))
    return deployment
  }

  private mutating func cluster(cpu: Int64 = 4_000, devices: Int64 = 0) -> Cluster {
    let cluster = fixtures.cluster(cpu: cpu, devices: devices)
    engine.apply(.cluster(cluster))
    return cluster
  }

  private mutating func urgent(
    cpu: Int64 = 1_000, gpu: Int64 = 0, priority: Int = 9, preempts: Bool = true,
    cluster: ClusterID? = nil
  ) -> Deployment {
    var deployment = fixtures.deployment(
      cpu: cpu, gpu: gpu, priority: priority, cluster: cluster, createdAt: .after(100))
    deployment.terms.preempts = preempts
    engine.apply(.deployment(deployment))
    return deployment
  }

  private mutating func preemptions(at second: Double = 100) -> [Preemption] {
    engine.decide(now: .after(second), limit: 10).preemptions
  }

  private mutating func victims(at second: Double = 100) -> [DeploymentID] {
    preemptions(at: second).flatMap { $0.victims.map(\.deployment) }
  }

  private mutating func requeue(_ victim: Deployment, at second: Double = 100) {
    var back = victim.requeued(notBefore: nil)
    back.gpuDevices = []
    back.requeuedAt = .after(second)
    engine.apply(.deployment(back))
  }

  @Test mutating func `what fits nowhere takes the place of what is lower, which stays away`() {
    let cluster = cluster(cpu: 1_000)
    let low = running(cluster)
    let high = urgent()
    let decided = preemptions()
    #expect(
      decided == [
        Preemption(
          deployment: high.id, attempt: 1, cluster: cluster.id,
          victims: [Preemption.Victim(deployment: low.id, attempt: 1)])
      ])
    #expect(preemptions(at: 110) == [], "once an attempt")
    requeue(low)
    engine.apply(.preemptionSettled(decided[0], moved: [low.id], retryAt: .after(101)))
    #expect(engine.settle(now: .after(111)).map(\.deployment) == [high.id])
    #expect(engine.queuedCount == 1)
  }

  @Test mutating func `a bare priority, an equal one and a lower one never preempt`() {
    let cluster = cluster(cpu: 1_000)
    _ = running(cluster, priority: 5)
    _ = urgent(priority: 9, preempts: false)
    _ = urgent(priority: 5)
    _ = urgent(priority: 4)
    #expect(preemptions() == [])
  }

  @Test mutating func `what fits somewhere preempts nobody`() {
    let full = cluster(cpu: 1_000)
    _ = running(full)
    _ = cluster(cpu: 1_000)
    let high = urgent()
    let decisions = engine.decide(now: .after(100), limit: 10)
    #expect(decisions.placements.map(\.deployment) == [high.id])
    #expect(decisions.preemptions == [])
  }

  @Test mutating func `the lowest priority goes first, then who ran least`() {
    let first = cluster(cpu: 4_000)
    let low = running(first, cpu: 1_000, priority: 1, since: 0)
    let late = running(first, cpu: 1_000, priority: 1, since: 50)
    _ = running(first, cpu: 2_000, priority: 3)
    let high = urgent(cpu: 1_000)
    #expect(victims() == [late.id])
    _ = urgent(cpu: 1_000)
    #expect(victims(at: 101) == [], "room is kept there for the first")
    requeue(late, at: 102)
    let decisions = engine.decide(now: .after(102), limit: 10)
    #expect(decisions.placements.map(\.deployment) == [high.id])
    #expect(decisions.preemptions.flatMap { $0.victims.map(\.deployment) } == [low.id])
  }

  @Test mutating func `victims that turn out not to be needed are left alone`() {
    let cluster = cluster(cpu: 4_000)
    _ = running(cluster, cpu: 1_000, priority: 1, since: 0)
    let large = running(cluster, cpu: 3_000, priority: 2, since: 0)
    _ = urgent(cpu: 3_000)
    #expect(victims() == [large.id])
  }

  @Test mutating func `of several clusters the one with the cheaper victims`() {
    let one = cluster(cpu: 2_000)
    let other = cluster(cpu: 2_000)
    _ = running(one, cpu: 1_000, priority: 1)
    _ = running(one, cpu: 1_000, priority: 1)
    let single = running(other, cpu: 2_000, priority: 1)
    _ = urgent(cpu: 2_000)
    #expect(victims() == [single.id])
  }

  @Test mutating func `a minimum run time protects, and it is looked at again when that is over`() {
    let cluster = cluster(cpu: 1_000)
    let low = running(cluster, since: 95, protection: 30)
    _ = urgent()
    #expect(preemptions() == [])
    #expect(engine.nextWake(now: .after(100)) == .after(101))
    #expect(preemptions(at: 124) == [])
    #expect(victims(at: 125) == [low.id])
  }

  @Test mutating func `a minimum run time that was changed in the queue counts when it runs`() {
    let cluster = cluster(cpu: 1_000)
    var low = fixtures.deployment(priority: 1)
    engine.apply(.deployment(low))
    low.terms.protection = .seconds(200)
    low.updatedAt = low.updatedAt + .microseconds(1)
    engine.apply(.deployment(low))
    let placed = engine.settle(now: .after(1))
    #expect(placed.map(\.deployment) == [low.id] && placed.map(\.cluster) == [cluster.id])
    var news = low.placed(by: placed[0], state: .running)
    news.scheduledAt = .after(1)
    engine.apply(.deployment(news))
    _ = urgent()
    #expect(victims() == [])
    #expect(victims(at: 201) == [low.id])
  }

  @Test mutating func `who has no attempt left is no victim`() {
    let cluster = cluster(cpu: 1_000)
    _ = running(cluster, attempt: 3, maxAttempts: 3)
    _ = urgent()
    #expect(preemptions() == [])
  }

  @Test mutating func `whole devices are freed device by device and kept`() {
    let cluster = cluster(cpu: 16_000, devices: 2)
    let share = running(cluster, gpu: 500, devices: [0])
    let other = running(cluster, gpu: 300, devices: [1], since: 90)
    let high = urgent(gpu: 1_000)
    #expect(victims() == [other.id])
    requeue(other)
    // Smaller work would fit beside the share, not on the device that is kept.
    let small = fixtures.deployment(gpu: 900, priority: 2)
    engine.apply(.deployment(small))
    let placed = engine.settle(now: .after(101))
    #expect(placed.map(\.deployment) == [high.id, other.id])
    #expect(placed.map(\.gpuDevices) == [[1], [0]])
    #expect(share.gpuDevices == [0])
  }

  @Test mutating func `what some of the victims free is kept until the others have gone`() {
    let cluster = cluster(cpu: 4_000)
    _ = running(cluster, cpu: 2_000, priority: 10)
    let first = running(cluster, cpu: 1_000)
    let second = running(cluster, cpu: 1_000)
    let high = urgent(cpu: 2_000)
    #expect(Set(victims()) == [first.id, second.id])
    engine.apply(.deployment(first.ended()))
    let small = fixtures.deployment(cpu: 1_000, priority: 2)
    engine.apply(.deployment(small))
    #expect(engine.settle(now: .after(101)) == [])
    requeue(second)
    #expect(engine.settle(now: .after(102)).map(\.deployment) == [high.id])
  }

  @Test mutating func `where nothing was committed it is tried again later`() {
    let cluster = cluster(cpu: 1_000)
    let low = running(cluster)
    _ = urgent()
    let decided = preemptions()[0]
    engine.apply(.preemptionSettled(decided, moved: [], retryAt: .after(105)))
    #expect(preemptions(at: 104) == [])
    #expect(victims(at: 105) == [low.id])
  }

  @Test mutating func `a reservation for one behind gives way, one for one before does not`() {
    engine = SchedulingEngine(configuration: SchedulingConfiguration(reservationAfter: .seconds(5)))
    let cluster = cluster(cpu: 2_000)
    let low = running(cluster, cpu: 2_000)
    let waiting = fixtures.deployment(cpu: 2_000, priority: 20)
    engine.apply(.deployment(waiting))
    _ = engine.settle(now: .after(50))
    #expect(engine.clusters[0].reservation?.key.id == waiting.id)
    let high = urgent(cpu: 1_000, priority: 9)
    #expect(preemptions() == [], "the place is kept for the one before it")
    let highest = urgent(cpu: 1_000, priority: 30)
    #expect(victims(at: 101) == [low.id])
    #expect(engine.clusters[0].reservation?.key.id == highest.id)
    #expect(high.id != highest.id)
  }

  @Test mutating func `a named cluster's alone are taken`() {
    let one = cluster(cpu: 1_000)
    let other = cluster(cpu: 1_000)
    _ = running(one, priority: 0)
    let there = running(other, priority: 5)
    _ = urgent(cluster: other.id)
    #expect(victims() == [there.id])
  }

  @Test mutating func `more than are looked at a time have their turn, with no wait between`() {
    let cluster = cluster(cpu: 10_000)
    let low = (0..<10).map { _ in running(cluster, cpu: 1_000, protection: 100) }
    let high = (0..<40).map { _ in urgent(cpu: 1_000) }
    var placed: [DeploymentID] = []
    for _ in 0..<200 {
      let decisions = engine.decide(now: .after(100), limit: 100)
      for victim in decisions.preemptions.flatMap(\.victims) {
        requeue(low.first { $0.id == victim.deployment }!)
      }
      for placement in decisions.placements { engine.apply(.confirmed(placement)) }
      placed += decisions.placements.map(\.deployment)
    }
    #expect(placed == high.prefix(10).map(\.id))
  }
}
