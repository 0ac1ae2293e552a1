import Domain
import Testing

@Suite struct SchedulingEngineTests {
  private var fixtures = Fixtures()
  private var engine = SchedulingEngine()

  @Test mutating func `places what fits and names cluster, attempt and devices`() {
    let cluster = fixtures.cluster(devices: 2)
    let deployment = fixtures.deployment(gpu: 2_000)
    engine.apply(.cluster(cluster))
    engine.apply(.deployment(deployment))
    #expect(
      engine.decide(now: .start, limit: 10).placements == [
        Placement(deployment: deployment.id, attempt: 1, cluster: cluster.id, gpuDevices: [0, 1])
      ])
    #expect(engine.queuedCount == 0)
    #expect(engine.holdingCount == 1)
    #expect(engine.nextWake(now: .start) == nil)
  }

  @Test mutating func `a deployment waits until another ends`() {
    let cluster = fixtures.cluster(cpu: 1_000)
    let first = fixtures.deployment()
    let second = fixtures.deployment(createdAt: .after(1))
    engine.apply(.cluster(cluster))
    engine.apply(.deployment(first))
    engine.apply(.deployment(second))
    let placed = engine.settle(now: .after(1))
    #expect(placed.map(\.deployment) == [first.id])
    #expect(engine.queuedCount == 1)
    engine.apply(.deployment(first.placed(by: placed[0]).ended()))
    #expect(engine.settle(now: .after(2)).map(\.deployment) == [second.id])
  }

  @Test mutating func `the higher priority goes first, then the older`() {
    engine.apply(.cluster(fixtures.cluster(cpu: 3_000)))
    let old = fixtures.deployment(priority: 1, createdAt: .after(1))
    let older = fixtures.deployment(priority: 1, createdAt: .start)
    let urgent = fixtures.deployment(priority: 2, createdAt: .after(2))
    for deployment in [old, older, urgent] { engine.apply(.deployment(deployment)) }
    let placed = engine.settle(now: .after(3)).map(\.deployment)
    #expect(placed == [urgent.id, older.id, old.id])
  }

  @Test mutating func `what does not fit is passed by smaller work`() {
    engine.apply(.cluster(fixtures.cluster(cpu: 2_000)))
    let large = fixtures.deployment(cpu: 4_000, priority: 9)
    let small = fixtures.deployment(cpu: 2_000)
    engine.apply(.deployment(large))
    engine.apply(.deployment(small))
    #expect(engine.settle(now: .start).map(\.deployment) == [small.id])
  }

  @Test mutating func `within a priority organizations take turns by their dominant share`() {
    engine.apply(.cluster(fixtures.cluster(cpu: 100_000)))
    engine.apply(.cluster(fixtures.cluster(cpu: 100_000, organization: Fixtures.other)))
    // The greedy one came first with much; the other asks for less of everything.
    for second in 0..<6 {
      engine.apply(
        .deployment(
          fixtures.deployment(cpu: 2_000, memory: 1, createdAt: .after(Double(second)))))
    }
    for second in 10..<16 {
      engine.apply(
        .deployment(
          fixtures.deployment(
            memory: 1, createdAt: .after(Double(second)), organization: Fixtures.other)))
    }
    var order = ""
    for placement in engine.settle(now: .after(20)) {
      order += placement.cluster == ClusterID(1) ? "a" : "b"
    }
    // Parts of the whole, in hundredths: a 1, b 0.5, b 1 (a tie goes to the older), a 2, b 1.5, ...
    #expect(order == "abbabbabbaaa")
  }

  @Test mutating func `a deployment is woken when its time has come`() {
    engine.apply(.cluster(fixtures.cluster()))
    let deployment = fixtures.deployment().requeued(notBefore: .after(5))
    engine.apply(.deployment(deployment))
    #expect(engine.settle(now: .start) == [])
    #expect(engine.nextWake(now: .start) == .after(5))
    #expect(engine.settle(now: .after(4.9)) == [])
    #expect(engine.settle(now: .after(5)).map(\.deployment) == [deployment.id])
  }

  @Test mutating func `a deployment runs on the cluster it names and in its organization only`() {
    let named = fixtures.cluster(cpu: 1_000)
    let roomy = fixtures.cluster(cpu: 9_000)
    let foreign = fixtures.cluster(cpu: 9_000, organization: Fixtures.other)
    for cluster in [named, roomy, foreign] { engine.apply(.cluster(cluster)) }
    let pinned = fixtures.deployment(cpu: 1_000, cluster: named.id)
    let tooLarge = fixtures.deployment(cpu: 2_000, cluster: named.id)
    let trespasser = fixtures.deployment(cluster: foreign.id)
    for deployment in [pinned, tooLarge, trespasser] { engine.apply(.deployment(deployment)) }
    let placed = engine.settle(now: .start)
    #expect(placed.map(\.deployment) == [pinned.id])
    #expect(placed.map(\.cluster) == [named.id])
  }

  @Test mutating func `a cluster that comes later takes what waited for it`() {
    let cluster = fixtures.cluster()
    let deployment = fixtures.deployment(cluster: cluster.id)
    engine.apply(.deployment(deployment))
    #expect(engine.settle(now: .start) == [])
    engine.apply(.cluster(cluster))
    #expect(engine.settle(now: .start).map(\.deployment) == [deployment.id])
  }

  @Test mutating func `a cluster that grows takes more, one that shrank less`() {
    var cluster = fixtures.cluster(cpu: 1_000)
    engine.apply(.cluster(cluster))
    let first = fixtures.deployment(cpu: 3_000)
    engine.apply(.deployment(first))
    #expect(engine.settle(now: .start) == [])
    cluster.capacity.cpu = MilliCPU(3_000)
    engine.apply(.cluster(cluster))
    let placed = engine.settle(now: .start)
    #expect(placed.map(\.deployment) == [first.id])
    cluster.capacity.cpu = MilliCPU(2_000)
    engine.apply(.cluster(cluster))
    engine.apply(.deployment(first.placed(by: placed[0]).ended()))
    engine.apply(.deployment(fixtures.deployment(cpu: 3_000)))
    #expect(engine.settle(now: .start) == [])
  }

  @Test mutating func `nothing is placed where the agent is lost, until it is back`() {
    let cluster = fixtures.cluster()
    engine.apply(.cluster(cluster))
    engine.apply(.agentsLost([cluster.id]))
    engine.apply(.deployment(fixtures.deployment()))
    #expect(engine.settle(now: .start) == [])
    engine.apply(.agentsLost([]))
    #expect(engine.settle(now: .start).count == 1)
  }

  @Test mutating func `a refused decision frees its room and is made again later`() {
    engine.apply(.cluster(fixtures.cluster(cpu: 1_000)))
    let deployment = fixtures.deployment()
    engine.apply(.deployment(deployment))
    let refused = engine.decide(now: .start, limit: 1).placements[0]
    engine.apply(.refused(refused, retryAt: .after(1)))
    #expect(engine.settle(now: .start) == [])
    #expect(engine.nextWake(now: .start) == .after(1))
    let again = engine.settle(now: .after(1))
    #expect(again.map(\.attempt) == [1])
  }

  @Test mutating func `news that come late or twice change nothing`() {
    engine.apply(.cluster(fixtures.cluster(cpu: 1_000)))
    let deployment = fixtures.deployment()
    engine.apply(.deployment(deployment))
    let placement = engine.decide(now: .start, limit: 1).placements[0]
    // The feed tells of the time before, before and after the commit.
    engine.apply(.deployment(deployment))
    engine.apply(.confirmed(placement))
    engine.apply(.deployment(deployment))
    engine.apply(.deployment(deployment.placed(by: placement)))
    engine.apply(.deployment(deployment.placed(by: placement, state: .running)))
    engine.apply(.deployment(deployment.placed(by: placement)))
    #expect(engine.settle(now: .start) == [])
    #expect(engine.holdingCount == 1)
    // Told of its end before the commit's answer arrives.
    let end = deployment.placed(by: placement).ended()
    engine.apply(.deployment(end))
    engine.apply(.confirmed(placement))
    engine.apply(.refused(placement, retryAt: .start))
    #expect(engine.holdingCount == 0)
    #expect(engine.queuedCount == 0)
    let next = fixtures.deployment()
    engine.apply(.deployment(next))
    #expect(engine.settle(now: .start).map(\.deployment) == [next.id])
  }

  @Test mutating func `a commit whose answer was lost is learned from the feed`() {
    let cluster = fixtures.cluster(cpu: 1_000)
    engine.apply(.cluster(cluster))
    let deployment = fixtures.deployment()
    engine.apply(.deployment(deployment))
    let placement = engine.decide(now: .start, limit: 1).placements[0]
    engine.apply(.refused(placement, retryAt: .after(1)))
    engine.apply(.deployment(deployment.placed(by: placement)))
    engine.apply(.deployment(fixtures.deployment()))
    #expect(engine.settle(now: .after(2)) == [])
    #expect(engine.holdingCount == 1)
  }

  @Test mutating func `what holds on a cluster not heard of yet is counted when it comes`() {
    let cluster = fixtures.cluster(cpu: 1_000)
    let holding = fixtures.deployment().placed(
      by: Placement(
        deployment: DeploymentID(1), attempt: 1, cluster: cluster.id, gpuDevices: []))
    engine.apply(.deployment(holding))
    engine.apply(.deployment(fixtures.deployment()))
    engine.apply(.cluster(cluster))
    #expect(engine.settle(now: .start) == [])
    engine.apply(.deployment(holding.ended(.failed)))
    #expect(engine.settle(now: .start).count == 1)
  }

  @Test mutating func `the new priority of a queued deployment counts`() {
    engine.apply(.cluster(fixtures.cluster(cpu: 1_000)))
    let first = fixtures.deployment(priority: 5)
    var second = fixtures.deployment(priority: 1, createdAt: .after(1))
    engine.apply(.deployment(first))
    engine.apply(.deployment(second))
    second.priority = 9
    engine.apply(.deployment(second))
    #expect(engine.decide(now: .after(1), limit: 1).placements.map(\.deployment) == [second.id])
  }

  @Test mutating func `every one of many clusters is looked at (known fault 30)`() {
    for _ in 0..<200 { engine.apply(.cluster(fixtures.cluster(cpu: 1_000))) }
    let last = fixtures.cluster(cpu: 64_000)
    engine.apply(.cluster(last))
    let large = fixtures.deployment(cpu: 64_000)
    engine.apply(.deployment(large))
    for _ in 0..<200 { engine.apply(.deployment(fixtures.deployment())) }
    let placed = engine.settle(now: .start)
    #expect(placed.count == 201)
    #expect(placed.first { $0.deployment == large.id }?.cluster == last.id)
    #expect(Set(placed.map(\.cluster)).count == 201)
  }

  @Test mutating func `an impossible request waits and disturbs nobody`() {
    engine.apply(.cluster(fixtures.cluster(devices: 4)))
    engine.apply(.deployment(fixtures.deployment(gpu: 1_500)))
    engine.apply(.deployment(fixtures.deployment(gpu: 5_000)))
    let possible = fixtures.deployment(gpu: 4_000)
    engine.apply(.deployment(possible))
    #expect(engine.settle(now: .after(1_000)).map(\.deployment) == [possible.id])
    #expect(engine.queuedCount == 2)
    #expect(!engine.hasWork)
  }
}
