import Testing

@testable import Domain

/// Clusters that organizations share: quotas, claims and weights.
@Suite struct SchedulingSharingTests {
  private static let organizations = [
    OrganizationID(0xa), OrganizationID(0xb), OrganizationID(0xc),
  ]

  private static func resources(cpu: Int64) -> Resources {
    Resources(cpu: MilliCPU(cpu), memory: Bytes(cpu << 20), gpu: MilliGPU(0))
  }

  /// Of the first organization, shared with the others; nothing guaranteed to anybody.
  private static func shared(_ fixtures: inout Fixtures, cpu: Int64) -> Cluster {
    var cluster = fixtures.cluster(cpu: cpu, memory: 1 << 50)
    cluster.quotas = organizations.map { ClusterQuota(organization: $0, isAccepted: true) }
    return cluster
  }

  private static func deployment(
    _ fixtures: inout Fixtures, of organization: Int, cpu: Int64 = 1_000,
    createdAt: Instant = .start,
    priority: Int = 1
  ) -> Deployment {
    fixtures.deployment(
      cpu: cpu, memory: 1 << 20, priority: priority, createdAt: createdAt,
      organization: organizations[organization])
  }

  @Test(
    "on a contended shared cluster what organizations hold comes to their weights",
    arguments: [[1_000, 1_000, 1_000], [1_000, 2_000, 3_000], [500, 500, 5_000]] as [[Int64]])
  func sharesFollowWeights(weights: [Int64]) {
    var fixtures = Fixtures()
    var engine = SchedulingEngine()
    for (organization, weight) in zip(Self.organizations, weights) {
      engine.apply(
        .quota(
          OrganizationQuota(organization: organization, weight: Weight(millis: weight))))
    }
    engine.apply(.cluster(Self.shared(&fixtures, cpu: 60_000)))
    // The first comes an hour before the others and takes all there is.
    var deployments: [DeploymentID: Deployment] = [:]
    func queue(_ organization: Int, at second: Double) {
      let new = Self.deployment(&fixtures, of: organization, createdAt: .after(second))
      deployments[new.id] = new
      engine.apply(.deployment(new))
    }
    for _ in 0..<60 { queue(0, at: 0) }
    var running = engine.settle(now: .after(0))
    #expect(running.count == 60)
    for organization in 0..<3 {
      for _ in 0..<600 { queue(organization, at: 3_600) }
    }
    let random = SeededRandom(seed: 1)
    var now = 3_600.0
    // Whatever ends is replaced in the order of fairness; after a few generations the shares are
    // those of the weights.
    for _ in 0..<400 {
      now += 1
      let ended = running.remove(at: random.below(running.count))
      engine.apply(
        .deployment(deployments[ended.deployment]!.placed(by: ended).ended()))
      running += engine.settle(now: .after(now))
    }
    let held = Self.organizations.map { organization in
      running.count { deployments[$0.deployment]!.organization == organization }
    }
    let whole = Double(weights.reduce(0, +))
    for (held, weight) in zip(held, weights) {
      #expect(abs(Double(held) - 60 * Double(weight) / whole) <= 1, "\(held) of \(weights)")
    }
  }

  @Test func `who has not what it is guaranteed goes before who would borrow`() {
    var fixtures = Fixtures()
    var engine = SchedulingEngine()
    var cluster = Self.shared(&fixtures, cpu: 4_000)
    cluster.quotas[1].guaranteed = Self.resources(cpu: 2_000)
    engine.apply(.cluster(cluster))
    // The second holds more than the others already, elsewhere, and its deployment is younger.
    var own = fixtures.cluster(cpu: 8_000, organization: Self.organizations[1])
    own.capacity.memory = Bytes(1 << 50)
    engine.apply(.cluster(own))
    let elsewhere = fixtures.deployment(
      cpu: 8_000, cluster: own.id, organization: Self.organizations[1])
    engine.apply(.deployment(elsewhere))
    #expect(engine.settle(now: .start).map(\.deployment) == [elsewhere.id])
    let borrower = Self.deployment(&fixtures, of: 2, cpu: 4_000)
    let claimant = Self.deployment(&fixtures, of: 1, cpu: 2_000, createdAt: .after(1))
    for deployment in [borrower, claimant] { engine.apply(.deployment(deployment)) }
    #expect(engine.settle(now: .after(1)).map(\.deployment) == [claimant.id])
    // A higher priority still goes first.
    let urgent = Self.deployment(&fixtures, of: 2, createdAt: .after(2), priority: 9)
    let second = Self.deployment(&fixtures, of: 1, cpu: 1, createdAt: .after(2))
    for deployment in [urgent, second] { engine.apply(.deployment(deployment)) }
    #expect(engine.decide(now: .after(2), limit: 1).placements.map(\.deployment) == [urgent.id])
  }

  @Test func `who may not borrow holds what is guaranteed, who may up to its limit`() {
    var fixtures = Fixtures()
    var engine = SchedulingEngine()
    var cluster = Self.shared(&fixtures, cpu: 10_000)
    cluster.quotas[1].guaranteed = Self.resources(cpu: 2_000)
    cluster.quotas[1].mayBorrow = false
    cluster.quotas[2].limit.cpu = MilliCPU(3_000)
    engine.apply(.cluster(cluster))
    for organization in [1, 2] {
      for _ in 0..<8 {
        engine.apply(.deployment(Self.deployment(&fixtures, of: organization)))
      }
    }
    #expect(engine.settle(now: .start).count == 2 + 3)
    // A greater limit is room at once.
    cluster.quotas[2].limit.cpu = MilliCPU(5_000)
    engine.apply(.cluster(cluster))
    #expect(engine.settle(now: .start).count == 2)
  }

  @Test func `an offer that was not accepted gives no room, and one that ended none any more`() {
    var fixtures = Fixtures()
    var engine = SchedulingEngine()
    var cluster = fixtures.cluster(cpu: 10_000, memory: 1 << 50)
    cluster.quotas = [ClusterQuota(organization: Self.organizations[1])]
    engine.apply(.cluster(cluster))
    for _ in 0..<2 { engine.apply(.deployment(Self.deployment(&fixtures, of: 1))) }
    let pinned = fixtures.deployment(
      cluster: cluster.id, organization: Self.organizations[1])
    engine.apply(.deployment(pinned))
    #expect(engine.settle(now: .start).isEmpty)
    cluster.quotas[0].isAccepted = true
    engine.apply(.cluster(cluster))
    #expect(engine.settle(now: .start).count == 3)
    cluster.quotas = []
    engine.apply(.cluster(cluster))
    engine.apply(.deployment(Self.deployment(&fixtures, of: 1)))
    #expect(engine.settle(now: .start).isEmpty)
    // What runs there still counts against the owner's room.
    engine.apply(.deployment(Self.deployment(&fixtures, of: 0, cpu: 8_000)))
    #expect(engine.settle(now: .start).isEmpty)
    engine.apply(.deployment(Self.deployment(&fixtures, of: 0, cpu: 7_000)))
    #expect(engine.settle(now: .start).count == 1)
  }

  @Test func `a limit on all clusters together holds, and what ends elsewhere gives room`() {
    var fixtures = Fixtures()
    var engine = SchedulingEngine()
    var quota = OrganizationQuota(organization: Fixtures.organization)
    quota.limit.cpu = MilliCPU(3_000)
    engine.apply(.quota(quota))
    let (first, second) = (fixtures.cluster(), fixtures.cluster())
    for cluster in [first, second] { engine.apply(.cluster(cluster)) }
    let here = (0..<3).map { _ in fixtures.deployment(cluster: first.id) }
    for deployment in here { engine.apply(.deployment(deployment)) }
    let placed = engine.settle(now: .start)
    #expect(placed.count == 3)
    let there = fixtures.deployment(cluster: second.id)
    engine.apply(.deployment(there))
    #expect(engine.settle(now: .after(100)).isEmpty)
    #expect(
      engine.clusters.allSatisfy { $0.reservation == nil }, "no room helps who waits for a quota")
    engine.apply(.deployment(here[0].placed(by: placed[0]).ended()))
    #expect(engine.settle(now: .after(101)).map(\.deployment) == [there.id])
  }

  @Test func `who would borrow gets no reservation, who claims gets one`() {
    var fixtures = Fixtures()
    var engine = SchedulingEngine()
    var cluster = Self.shared(&fixtures, cpu: 4_000)
    cluster.quotas[1].guaranteed = Self.resources(cpu: 4_000)
    cluster.quotas[1].guaranteed.memory = Bytes(1 << 30)
    engine.apply(.cluster(cluster))
    engine.apply(.deployment(Self.deployment(&fixtures, of: 0, cpu: 2_000)))
    #expect(engine.settle(now: .start).count == 1)
    engine.apply(.deployment(Self.deployment(&fixtures, of: 2, cpu: 4_000)))
    _ = engine.settle(now: .after(100))
    #expect(engine.clusters.allSatisfy { $0.reservation == nil })
    let claimant = Self.deployment(&fixtures, of: 1, cpu: 4_000)
    engine.apply(.deployment(claimant))
    _ = engine.settle(now: .after(200))
    // In every organization's book of the cluster.
    #expect(engine.clusters.count == 3)
    #expect(
      engine.clusters.allSatisfy { $0.reservation.map { $0.key.id == claimant.id } ?? false })
    engine.apply(
      .deployment(Self.deployment(&fixtures, of: 2, cpu: 1_000, createdAt: .after(201))))
    #expect(engine.settle(now: .after(201)).isEmpty, "behind the reservation")
  }

  @Test func `capacities and holdings of any size do not overflow`() {
    var fixtures = Fixtures()
    var engine = SchedulingEngine()
    for _ in 0..<20 {
      engine.apply(.cluster(fixtures.cluster(memory: ResourceLimits.memory.value)))
      engine.apply(
        .deployment(fixtures.deployment(memory: ResourceLimits.memory.value)))
    }
    #expect(engine.settle(now: .start).count == 20)
  }
}
