import Testing

@testable import Domain

/// A deployment that is changed while it is queued.
@Suite struct SchedulingChangeTests {
  private var fixtures = Fixtures()
  private var engine = SchedulingEngine(
    configuration: SchedulingConfiguration(reservationAfter: .seconds(30)))

  private mutating func queue(_ deployment: Deployment) -> Deployment {
    engine.apply(.deployment(deployment))
    return deployment
  }

  private mutating func change(
    _ deployment: Deployment, at second: Double = 1, _ body: (inout Deployment) -> Void
  ) {
    var changed = deployment
    body(&changed)
    changed.updatedAt = .after(second)
    engine.apply(.deployment(changed))
  }

  @Test mutating func `another priority moves it in its queue`() {
    engine.apply(.cluster(fixtures.cluster(cpu: 1_000)))
    let blocker = queue(fixtures.deployment(priority: 9))
    let placed = blocker.placed(by: engine.settle(now: .start)[0])
    let first = queue(fixtures.deployment())
    let second = queue(fixtures.deployment())
    _ = engine.settle(now: .start)
    change(second) { $0.priority = 5 }
    engine.apply(.deployment(placed.ended()))
    #expect(engine.settle(now: .after(2)).map(\.deployment) == [second.id])
    #expect(first.id != second.id)
  }

  @Test mutating func `asking for less it fits, asking for other models too`() {
    engine.apply(.cluster(fixtures.cluster(cpu: 1_000, devices: 1, model: "T4")))
    let large = queue(fixtures.deployment(cpu: 2_000))
    let picky = queue(fixtures.deployment(cpu: 100, gpu: 500, models: ["H100"]))
    #expect(engine.settle(now: .start) == [])
    change(large) {
      $0.request = Resources(cpu: MilliCPU(500), memory: Bytes(1), gpu: MilliGPU(0))
    }
    change(picky) { $0.gpuModels = ["H100", "T4"] }
    #expect(Set(engine.settle(now: .after(1)).map(\.deployment)) == [large.id, picky.id])
  }

  @Test mutating func `older news of the same attempt change nothing`() {
    let deployment = queue(fixtures.deployment(cpu: 1_000))
    change(deployment, at: 2) { $0.priority = 7 }
    change(deployment, at: 1) { $0.priority = 3 }
    #expect(engine.items[0].key.priority == 7)
  }

  @Test mutating func `its reservation ends with what it asked for, and it gets another`() {
    engine.apply(.cluster(fixtures.cluster(cpu: 2_000)))
    let blocker = queue(fixtures.deployment(cpu: 2_000, priority: 9))
    let held = blocker.placed(by: engine.settle(now: .start)[0])
    let waiting = queue(fixtures.deployment(cpu: 2_000))
    _ = engine.settle(now: .after(40))
    #expect(engine.clusters[0].reservation?.demand.cpu == 2_000)
    change(waiting, at: 41) {
      $0.request = Resources(cpu: MilliCPU(1_500), memory: Bytes(1), gpu: MilliGPU(0))
    }
    _ = engine.settle(now: .after(42))
    _ = engine.settle(now: .after(43))
    #expect(engine.clusters[0].reservation?.demand.cpu == 1_500)
    engine.apply(.deployment(held.ended()))
    #expect(engine.settle(now: .after(44)).map(\.deployment) == [waiting.id])
    #expect(engine.clusters[0].reservation == nil)
  }

  @Test mutating func `a change that came between decision and commit is in the books after`() {
    engine.apply(.cluster(fixtures.cluster(cpu: 2_000)))
    let deployment = queue(fixtures.deployment(cpu: 1_000))
    let placement = engine.decide(now: .start, limit: 1).placements[0]
    engine.apply(.confirmed(placement))
    change(deployment.placed(by: placement)) {
      $0.request = Resources(cpu: MilliCPU(1_500), memory: Bytes(1 << 30), gpu: MilliGPU(0))
    }
    #expect(engine.clusters[0].heldCPU == 1_500)
    #expect(engine.holdingCount == 1)
  }
}
