import Testing

@testable import Domain

/// Gangs: all placed in one decision, or none.
@Suite struct SchedulingGangTests {
  private var fixtures = Fixtures()
  private var engine = SchedulingEngine(
    configuration: SchedulingConfiguration(reservationAfter: .seconds(10)))

  private mutating func queue(_ deployments: [Deployment]) {
    for deployment in deployments { engine.apply(.deployment(deployment)) }
  }

  @Test mutating func `all are placed in one decision, on several clusters`() {
    for _ in 0..<2 { engine.apply(.cluster(fixtures.cluster(cpu: 2_000))) }
    let gang = fixtures.gang(4) { $0.deployment() }
    queue(gang)
    #expect(engine.queuedCount == 4)
    let placed = engine.decide(now: .start, limit: 100).placements
    #expect(placed.map(\.deployment) == gang.map(\.id))
    #expect(Set(placed.map(\.cluster)).count == 2)
    #expect(engine.queuedCount == 0 && engine.holdingCount == 4)
  }

  @Test mutating func `where one of them finds no room none is placed and the books are as before`()
  {
    engine.apply(.cluster(fixtures.cluster(cpu: 3_000, devices: 2)))
    queue(fixtures.gang(4) { $0.deployment(gpu: 500) })
    #expect(engine.settle(now: .start) == [])
    #expect(engine.clusters[0].heldCPU == 0 && engine.clusters[0].devices == [0, 0])
    #expect(engine.pools[0].heldCPU == 0 && engine.holdingCount == 0)
    // What is smaller goes on.
    let small = fixtures.deployment(cpu: 3_000)
    queue([small])
    #expect(engine.settle(now: .start).map(\.deployment) == [small.id])
  }

  @Test mutating func `shares are counted device by device`() {
    engine.apply(.cluster(fixtures.cluster(cpu: 64_000, devices: 3)))
    // Two thirds of a device is free on each, in sum enough for three shares of 600.
    queue((0..<3).map { _ in fixtures.deployment(gpu: 400) })
    let filling = engine.settle(now: .start)
    let gang = fixtures.gang(4) { $0.deployment(gpu: 600) }
    queue(gang)
    #expect(engine.settle(now: .start) == [])
    #expect(filling.count == 3)
    engine.apply(.cluster(fixtures.cluster(cpu: 64_000, devices: 4)))
    #expect(engine.settle(now: .start).count == 4)
  }

  @Test mutating func `it waits until all are queued`() {
    engine.apply(.cluster(fixtures.cluster()))
    let gang = fixtures.gang(3) { $0.deployment() }
    queue([gang[2], gang[0]])
    #expect(engine.settle(now: .start) == [])
    queue([gang[1]])
    #expect(engine.settle(now: .start).map(\.deployment) == gang.map(\.id))
  }

  @Test mutating func `while the news of a change come in it waits for the last`() {
    engine.apply(.cluster(fixtures.cluster(cpu: 4_000)))
    let gang = fixtures.gang(2) { $0.deployment(cpu: 3_000) }
    queue(gang)
    #expect(engine.settle(now: .start) == [])
    let changed = gang.map { member in
      var copy = member
      copy.request.cpu = MilliCPU(2_000)
      copy.updatedAt = .after(1)
      return copy
    }
    queue([changed[1]])
    #expect(engine.settle(now: .after(1)) == [])
    queue([changed[0]])
    #expect(engine.settle(now: .after(1)).count == 2)
  }

  @Test mutating func `it is looked at again when room grows on any of the clusters`() {
    for _ in 0..<2 { engine.apply(.cluster(fixtures.cluster(cpu: 2_000))) }
    let fillers = (0..<2).map { _ in fixtures.deployment(cpu: 1_000) }
    queue(fillers)
    let placed = engine.settle(now: .start)
    let gang = fixtures.gang(4) { $0.deployment(cpu: 1_000) }
    queue(gang)
    #expect(engine.settle(now: .start) == [])
    engine.apply(.deployment(fillers[0].placed(by: placed[0]).ended()))
    #expect(engine.settle(now: .start) == [])
    engine.apply(.deployment(fillers[1].placed(by: placed[1]).ended()))
    #expect(engine.settle(now: .start).map(\.deployment) == gang.map(\.id))
  }

  @Test mutating func `what does not fit into a batch any more goes with the next`() {
    engine.apply(.cluster(fixtures.cluster()))
    let one = fixtures.deployment()
    let gang = fixtures.gang(3) { $0.deployment(createdAt: .after(1)) }
    queue([one] + gang)
    #expect(engine.decide(now: .after(1), limit: 3).placements.map(\.deployment) == [one.id])
    #expect(engine.hasWork)
    #expect(engine.decide(now: .after(1), limit: 3).placements.map(\.deployment) == gang.map(\.id))
  }

  @Test mutating func `one larger than a batch is decided by itself`() {
    engine.apply(.cluster(fixtures.cluster()))
    let gang = fixtures.gang(3) { $0.deployment() }
    queue(gang)
    #expect(engine.decide(now: .start, limit: 2).placements.count == 3)
  }

  @Test mutating func `one that is refused is decided anew when all are`() {
    engine.apply(.cluster(fixtures.cluster()))
    let gang = fixtures.gang(2) { $0.deployment() }
    queue(gang)
    let placed = engine.decide(now: .start, limit: 10).placements
    engine.apply(.refused(placed[0], retryAt: .after(1)))
    #expect(engine.settle(now: .after(5)) == [])
    engine.apply(.refused(placed[1], retryAt: .after(1)))
    #expect(engine.settle(now: .after(5)).map(\.attempt) == [1, 1])
  }

  @Test mutating func `when one is cancelled none stands in the queue any more`() {
    engine.apply(.cluster(fixtures.cluster(cpu: 1_000)))
    let gang = fixtures.gang(2) { $0.deployment() }
    queue(gang)
    #expect(engine.settle(now: .after(20)) == [])
    engine.apply(.deployment(gang[1].ended(.cancelled)))
    engine.apply(.cluster(fixtures.cluster()))
    #expect(engine.settle(now: .after(20)) == [])
    engine.apply(.deployment(gang[0].ended(.cancelled)))
    #expect(engine.queuedCount == 0 && engine.gangs.isEmpty)
  }

  @Test mutating func `quotas count all of them together`() {
    engine.apply(.cluster(fixtures.cluster()))
    func quota(cpu: Int64) -> OrganizationQuota {
      OrganizationQuota(
        organization: Fixtures.organization,
        limit: ResourceCeiling(cpu: MilliCPU(cpu), memory: nil, gpu: nil),
        weight: Weight(millis: 1_000))
    }
    engine.apply(.quota(quota(cpu: 2_999)))
    queue(fixtures.gang(3) { $0.deployment() })
    #expect(engine.settle(now: .start) == [])
    engine.apply(.quota(quota(cpu: 3_000)))
    #expect(engine.settle(now: .start).count == 3)
  }

  @Test mutating func `it runs out of time as one`() {
    let gang = fixtures.gang(3) { fixtures in
      var deployment = fixtures.deployment()
      deployment.terms.timeToLive = .seconds(5)
      return deployment
    }
    queue(gang)
    let expirations = engine.decide(now: .after(5), limit: 10).expirations
    #expect(expirations.map(\.deployment) == [gang[0].id])
    engine.apply(.expirationRefused(expirations[0], retryAt: .after(6)))
    engine.apply(.cluster(fixtures.cluster()))
    #expect(engine.decide(now: .after(5), limit: 10).placements.count == 3)
  }

  @Test mutating func `room is kept on as many clusters as it needs, for one gang at a time`() {
    let clusters = (0..<3).map { _ in fixtures.cluster(cpu: 2_000) }
    for cluster in clusters { engine.apply(.cluster(cluster)) }
    let fillers = (0..<6).map { _ in fixtures.deployment() }
    queue(fillers)
    let placed = engine.settle(now: .start)
    queue(fixtures.gang(2) { $0.deployment(cpu: 2_000) })
    let second = fixtures.gang(3) { $0.deployment(cpu: 2_000, createdAt: .after(1)) }
    queue(second)
    #expect(engine.settle(now: .after(20)) == [])
    #expect(engine.clusters.count { $0.reservation != nil } == 2)
    // An older gang takes the place of the younger one.
    let older = fixtures.gang(3) { $0.deployment(cpu: 2_000, priority: 9, createdAt: .after(2)) }
    queue(older)
    #expect(engine.settle(now: .after(20)) == [])
    #expect(engine.settle(now: .after(40)) == [])
    #expect(engine.clusters.allSatisfy { $0.reservation?.key.id == older[0].id })
    for (filler, placement) in zip(fillers, placed) {
      engine.apply(.deployment(filler.placed(by: placement).ended()))
    }
    #expect(engine.settle(now: .after(41)).map(\.deployment) == older.map(\.id))
  }

  @Test mutating func `a gang that the clusters could never hold keeps no room`() {
    engine.apply(.cluster(fixtures.cluster(cpu: 2_000)))
    queue([fixtures.deployment(cpu: 500)])
    _ = engine.settle(now: .start)
    queue(fixtures.gang(3) { $0.deployment() })
    #expect(engine.settle(now: .after(20)) == [])
    #expect(engine.clusters[0].reservation == nil)
    engine.apply(.cluster(fixtures.cluster(cpu: 500)))
    engine.apply(.cluster(fixtures.cluster(cpu: 4_000)))
    #expect(engine.settle(now: .after(21)).count == 3)
  }
}
