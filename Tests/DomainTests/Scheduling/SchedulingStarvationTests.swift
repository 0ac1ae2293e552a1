import Domain
import Testing

/// Known fault 24: a large deployment that is passed by smaller work for ever.
@Suite struct SchedulingStarvationTests {
  /// An endless stream of small work keeps a cluster full: each piece runs for `lifetime`, and new
  /// ones are queued faster than they end.
  private struct Stream {
    var fixtures = Fixtures()
    var engine: SchedulingEngine
    var running: [(end: Double, deployment: Deployment)] = []
    var placed: [DeploymentID: Double] = [:]
    let lifetime: Double
    private var queued: [DeploymentID: Deployment] = [:]

    init(reservationAfter: Duration, lifetime: Double) {
      engine = SchedulingEngine(
        configuration: SchedulingConfiguration(reservationAfter: reservationAfter))
      self.lifetime = lifetime
    }

    mutating func queue(_ deployment: Deployment) {
      queued[deployment.id] = deployment
      engine.apply(.deployment(deployment))
    }

    /// What ended by now has left, new small work has come, everything is decided.
    mutating func step(
      to time: Double, count: Int = 2, small: (inout Fixtures) -> Deployment
    ) {
      for (_, deployment) in running.filter({ $0.end <= time }) {
        engine.apply(.deployment(deployment.ended()))
      }
      running.removeAll { $0.end <= time }
      for _ in 0..<count { queue(small(&fixtures)) }
      for placement in engine.settle(now: .after(time)) {
        guard let deployment = queued.removeValue(forKey: placement.deployment) else { continue }
        placed[deployment.id] = time
        running.append((time + lifetime, deployment.placed(by: placement)))
      }
    }
  }

  /// What the large one asks for beside all CPU, and the small ones.
  struct Shape: Sendable {
    var largeGPU: Int64
    var smallGPU: Int64
    /// 10 is that of the large one.
    var smallPriority: Int
  }

  @Test(arguments: [
    Shape(largeGPU: 0, smallGPU: 0, smallPriority: 1),
    Shape(largeGPU: 0, smallGPU: 0, smallPriority: 10),
    Shape(largeGPU: 4_000, smallGPU: 300, smallPriority: 1),
    Shape(largeGPU: 4_000, smallGPU: 300, smallPriority: 10),
    Shape(largeGPU: 900, smallGPU: 300, smallPriority: 10),
  ])
  func `a large deployment starts within the wait and one lifetime of small work`(_ shape: Shape) {
    let (wait, lifetime) = (30.0, 10.0)
    var stream = Stream(reservationAfter: .seconds(wait), lifetime: lifetime)
    stream.engine.apply(.cluster(stream.fixtures.cluster(cpu: 8_000, devices: 4)))
    var time = 0.0
    func small(_ fixtures: inout Fixtures) -> Deployment {
      fixtures.deployment(
        cpu: 1_000, gpu: shape.smallGPU, priority: shape.smallPriority, createdAt: .after(time))
    }
    // First small work alone, as much as ends: the cluster is full, and something ends all the
    // time.
    while time < 20 {
      stream.step(to: time, count: 1, small: small)
      time += lifetime / 8
    }
    let large = stream.fixtures.deployment(
      cpu: 8_000, gpu: shape.largeGPU, priority: 10, createdAt: .after(time))
    let begin = time
    stream.queue(large)
    while stream.placed[large.id] == nil, time < begin + 1_000 {
      stream.step(to: time, small: small)
      time += 0.5
    }
    let waited = (stream.placed[large.id] ?? .infinity) - begin
    #expect(waited <= wait + lifetime + 1)
    #expect(waited >= wait, "it did not wait: the stream is no test")
  }

  @Test func `without reservations the same stream starves it`() {
    var stream = Stream(reservationAfter: .seconds(1_000_000), lifetime: 10)
    stream.engine.apply(.cluster(stream.fixtures.cluster(cpu: 8_000)))
    let large = stream.fixtures.deployment(cpu: 8_000, createdAt: .start)
    var time = 0.0
    stream.step(to: time) { $0.deployment(createdAt: .start) }
    stream.queue(large)
    while time < 500 {
      time += 0.5
      stream.step(to: time) { $0.deployment(createdAt: .start) }
    }
    #expect(stream.placed[large.id] == nil)
  }

  @Test func `every one of several large deployments starts, one lifetime after the other`() {
    let (wait, lifetime) = (20.0, 5.0)
    var stream = Stream(reservationAfter: .seconds(wait), lifetime: lifetime)
    stream.engine.apply(.cluster(stream.fixtures.cluster(cpu: 4_000)))
    var time = 0.0
    var large: [Deployment] = []
    for _ in 0..<5 {
      large.append(stream.fixtures.deployment(cpu: 4_000, createdAt: .start))
    }
    stream.step(to: time) { $0.deployment(createdAt: .start) }
    stream.step(to: time) { $0.deployment(createdAt: .start) }
    for deployment in large { stream.queue(deployment) }
    while time < wait + 6 * lifetime * 2 {
      time += 0.5
      stream.step(to: time) { $0.deployment(createdAt: .after(time)) }
    }
    let starts = large.compactMap { stream.placed[$0.id] }
    #expect(starts.count == large.count)
    #expect(starts == starts.sorted(), "the older starts first")
  }

  /// What a gang of four asks for, one by one, beside small work everywhere.
  @Test(arguments: [0, 500, 2_000] as [Int64], [1, 10])
  func `a gang starts within the wait and one lifetime of small work`(
    gpu: Int64, smallPriority: Int
  ) {
    let (wait, lifetime) = (30.0, 10.0)
    var stream = Stream(reservationAfter: .seconds(wait), lifetime: lifetime)
    for _ in 0..<4 {
      stream.engine.apply(.cluster(stream.fixtures.cluster(cpu: 8_000, devices: 2)))
    }
    var time = 0.0
    func small(_ fixtures: inout Fixtures) -> Deployment {
      fixtures.deployment(
        cpu: 1_000, gpu: gpu > 0 ? 200 : 0, priority: smallPriority, createdAt: .after(time))
    }
    // The clusters are full, and something ends all the time.
    while time < 20 {
      stream.step(to: time, count: 4, small: small)
      time += lifetime / 8
    }
    let gang = stream.fixtures.gang(4) {
      $0.deployment(cpu: 5_000, gpu: gpu, priority: 10, createdAt: .after(time))
    }
    let begin = time
    for member in gang { stream.queue(member) }
    while stream.placed[gang[0].id] == nil, time < begin + 1_000 {
      stream.step(to: time, count: 4, small: small)
      time += 0.5
    }
    let starts = Set(gang.map { stream.placed[$0.id] })
    #expect(starts.count == 1, "all at once")
    let waited = (stream.placed[gang[0].id] ?? .infinity) - begin
    #expect(waited <= wait + lifetime + 1)
    #expect(waited >= wait, "it did not wait: the stream is no test")
  }

  @Test func `room is kept on one cluster only, the others go on`() {
    var fixtures = Fixtures()
    var engine = SchedulingEngine(
      configuration: SchedulingConfiguration(reservationAfter: .seconds(10)))
    let clusters = [fixtures.cluster(cpu: 4_000), fixtures.cluster(cpu: 4_000)]
    for cluster in clusters { engine.apply(.cluster(cluster)) }
    let fillers = (0..<8).map { _ in fixtures.deployment(cpu: 1_000) }
    for filler in fillers { engine.apply(.deployment(filler)) }
    let placements = engine.settle(now: .start)
    #expect(placements.count == 8)
    engine.apply(.deployment(fixtures.deployment(cpu: 4_000)))
    #expect(engine.settle(now: .start) == [])
    #expect(engine.nextWake(now: .start) == .after(10))
    #expect(engine.settle(now: .after(10)) == [])
    // One filler ends on each: one cluster takes small work, the other keeps its room.
    for cluster in clusters {
      guard let index = placements.firstIndex(where: { $0.cluster == cluster.id }),
        let filler = fillers.first(where: { $0.id == placements[index].deployment })
      else {
        Issue.record("a cluster is empty")
        return
      }
      engine.apply(.deployment(filler.placed(by: placements[index]).ended()))
    }
    engine.apply(.deployment(fixtures.deployment(cpu: 1_000, createdAt: .after(11))))
    engine.apply(.deployment(fixtures.deployment(cpu: 1_000, createdAt: .after(12))))
    #expect(engine.settle(now: .after(12)).count == 1)
  }

  @Test func `a reservation leaves to others what its holder does not need`() {
    var fixtures = Fixtures()
    var engine = SchedulingEngine(
      configuration: SchedulingConfiguration(reservationAfter: .seconds(10)))
    engine.apply(.cluster(fixtures.cluster(cpu: 8_000, devices: 4)))
    let filler = fixtures.deployment(cpu: 1_000, gpu: 1_000)
    engine.apply(.deployment(filler))
    let placement = engine.settle(now: .start)[0]
    // Needs all devices, but only half of the CPU.
    let large = fixtures.deployment(cpu: 4_000, gpu: 4_000)
    engine.apply(.deployment(large))
    #expect(engine.settle(now: .after(10)) == [])
    for _ in 0..<6 {
      engine.apply(.deployment(fixtures.deployment(cpu: 1_000, createdAt: .after(11))))
    }
    let device = fixtures.deployment(cpu: 1, gpu: 100, createdAt: .after(11))
    engine.apply(.deployment(device))
    // Four of them fit beside the large one; a fifth would stand in its way, as would a device.
    #expect(engine.settle(now: .after(11)).count == 4)
    engine.apply(.deployment(filler.placed(by: placement).ended()))
    #expect(engine.settle(now: .after(12)).map(\.deployment) == [large.id])
  }

  @Test func `a higher priority is not held back by a reservation`() {
    var fixtures = Fixtures()
    var engine = SchedulingEngine(
      configuration: SchedulingConfiguration(reservationAfter: .seconds(10)))
    engine.apply(.cluster(fixtures.cluster(cpu: 4_000)))
    let filler = fixtures.deployment(cpu: 2_000)
    engine.apply(.deployment(filler))
    _ = engine.settle(now: .start)
    engine.apply(.deployment(fixtures.deployment(cpu: 4_000, priority: 5)))
    #expect(engine.settle(now: .after(10)) == [])
    engine.apply(.deployment(fixtures.deployment(cpu: 1_000, priority: 5, createdAt: .after(1))))
    let urgent = fixtures.deployment(cpu: 1_000, priority: 6, createdAt: .after(1))
    engine.apply(.deployment(urgent))
    #expect(engine.settle(now: .after(11)).map(\.deployment) == [urgent.id])
  }

  @Test func `a reservation ends with its holder`() {
    var fixtures = Fixtures()
    var engine = SchedulingEngine(
      configuration: SchedulingConfiguration(reservationAfter: .seconds(10)))
    engine.apply(.cluster(fixtures.cluster(cpu: 4_000)))
    engine.apply(.deployment(fixtures.deployment(cpu: 2_000)))
    _ = engine.settle(now: .start)
    let large = fixtures.deployment(cpu: 4_000)
    engine.apply(.deployment(large))
    #expect(engine.settle(now: .after(10)) == [])
    let small = fixtures.deployment(cpu: 2_000, createdAt: .after(11))
    engine.apply(.deployment(small))
    #expect(engine.settle(now: .after(11)) == [])
    engine.apply(.deployment(large.ended(.cancelled)))
    #expect(engine.settle(now: .after(12)).map(\.deployment) == [small.id])
  }
}
