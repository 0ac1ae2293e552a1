import Testing

@testable import Domain

@Suite struct SchedulingCostTests {
  /// A full cluster with a queue of different demands behind it; then one ends, one is placed, and
  /// so on.
  private func timeOfChurn(queue length: Int) -> Duration {
    var fixtures = Fixtures()
    let random = SeededRandom(seed: 7)
    var engine = SchedulingEngine()
    engine.apply(.cluster(fixtures.cluster(cpu: 64_000, memory: 1 << 40, devices: 8)))
    var deployments: [DeploymentID: Deployment] = [:]
    for index in 0..<length {
      let deployment = fixtures.deployment(
        cpu: Int64(500 + random.below(4_000)), gpu: [0, 300, 1_000][random.below(3)],
        priority: random.below(4), createdAt: .after(Double(index) / 1_000))
      deployments[deployment.id] = deployment
      engine.apply(.deployment(deployment))
    }
    var running = engine.settle(now: .start)
    return ContinuousClock().measure {
      for _ in 0..<200 {
        let placement = running.removeFirst()
        guard let deployment = deployments[placement.deployment] else { continue }
        engine.apply(.deployment(deployment.placed(by: placement).ended()))
        running += engine.settle(now: .start)
      }
    }
  }

  @Test func `the cost of a decision does not follow the length of the queue (known fault 34)`() {
    // The best of three each: other work on the machine only ever adds.
    let short = (0..<3).map { _ in timeOfChurn(queue: 2_000) }.min()!
    let long = (0..<3).map { _ in timeOfChurn(queue: 20_000) }.min()!
    #expect(long < short * 4, "ten times the queue: \(short) became \(long)")
  }

  @Test func `a queue that does not fit is looked at once`() {
    var fixtures = Fixtures()
    var engine = SchedulingEngine()
    engine.apply(.cluster(fixtures.cluster(cpu: 1_000)))
    for _ in 0..<5_000 { engine.apply(.deployment(fixtures.deployment(cpu: 2_000))) }
    #expect(engine.settle(now: .start) == [])
    #expect(!engine.hasWork)
    let small = fixtures.deployment(cpu: 500, createdAt: .after(1))
    engine.apply(.deployment(small))
    // One decision, and nothing left to do after it.
    #expect(engine.decide(now: .after(1), limit: 10).placements.map(\.deployment) == [small.id])
    #expect(!engine.hasWork)
  }

  @Test func `clusters that have room only between them are told apart`() {
    var fixtures = Fixtures()
    var engine = SchedulingEngine()
    // Half have CPU, half have memory; most of the queue wants both.
    for index in 0..<12 {
      let hasCPU = index % 2 == 0
      engine.apply(
        .cluster(
          fixtures.cluster(cpu: hasCPU ? 64_000 : 100, memory: hasCPU ? 1 << 20 : 1 << 40)))
    }
    #expect(engine.settle(now: .start) == [])
    for _ in 0..<300 {
      engine.apply(.deployment(fixtures.deployment(cpu: 32_000, memory: 1 << 30)))
    }
    let fitting = [
      fixtures.deployment(cpu: 64_000, memory: 1 << 20, createdAt: .after(1)),
      fixtures.deployment(cpu: 100, memory: 1 << 40, createdAt: .after(2)),
    ]
    // They came while no agent was there; now all clusters have room at once.
    engine.apply(.agentsLost(Set((1...12).map { ClusterID($0) })))
    for deployment in fitting { engine.apply(.deployment(deployment)) }
    #expect(engine.settle(now: .after(2)) == [])
    engine.apply(.agentsLost([]))
    #expect(engine.settle(now: .after(3)).map(\.deployment) == fitting.map(\.id))
    #expect(!engine.hasWork)
  }
}
