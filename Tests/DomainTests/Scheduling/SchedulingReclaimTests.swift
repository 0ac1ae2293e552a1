import Testing

@testable import Domain

/// What is guaranteed is taken back from those who borrow it.
@Suite struct SchedulingReclaimTests {
  private static let (owner, guest) = (OrganizationID(0xa), OrganizationID(0xb))
  private var fixtures = Fixtures()
  private var engine = SchedulingEngine()
  private var cluster: Cluster

  /// A cluster of four cores, two guaranteed to each.
  init() {
    cluster = fixtures.cluster(cpu: 4_000, memory: 1 << 40, organization: Self.owner)
    let half = Resources(cpu: MilliCPU(2_000), memory: Bytes(1 << 39), gpu: MilliGPU(0))
    cluster.quotas = [Self.owner, Self.guest].map {
      ClusterQuota(organization: $0, guaranteed: half, isAccepted: true, reclaim: .any)
    }
    engine.apply(.cluster(cluster))
  }

  private mutating func setReclaim(_ policy: ReclaimPolicy) {
    for index in cluster.quotas.indices { cluster.quotas[index].reclaim = policy }
    engine.apply(.cluster(cluster))
  }

  private mutating func running(
    _ count: Int, of organization: OrganizationID, priority: Int = 1, cpu: Int64 = 1_000,
    protection: Double = 0, maxAttempts: Int = 3
  ) -> [Deployment] {
    (0..<count).map { index in
      var deployment = fixtures.deployment(
        cpu: cpu, priority: priority, maxAttempts: maxAttempts, organization: organization)
      deployment.terms.protection = .seconds(protection)
      deployment.state = .running
      deployment.attempt = 1
      deployment.placedCluster = cluster.id
      deployment.scheduledAt = .after(Double(index))
      engine.apply(.deployment(deployment))
      return deployment
    }
  }

  private mutating func claim(
    cpu: Int64 = 1_000, priority: Int = 1, at second: Double = 100
  ) -> Deployment {
    let deployment = fixtures.deployment(
      cpu: cpu, priority: priority, createdAt: .after(second), organization: Self.guest)
    engine.apply(.deployment(deployment))
    return deployment
  }

  private mutating func preemptions(at second: Double = 100) -> [Preemption] {
    engine.decide(now: .after(second), limit: 10).preemptions
  }

  private mutating func requeue(_ victim: Deployment, notBefore: Instant? = nil) {
    var back = victim.requeued(notBefore: notBefore)
    back.requeuedAt = .after(100)
    engine.apply(.deployment(back))
  }

  @Test mutating func `who stays within its guarantee takes the cheapest of what is borrowed`() {
    let all = running(4, of: Self.owner)
    let claim = claim()
    #expect(
      preemptions() == [
        Preemption(
          deployment: claim.id, attempt: 1, cluster: cluster.id,
          victims: [
            Preemption.Victim(deployment: all[3].id, attempt: 1, isReclaimed: true)
          ])
      ])
  }

  @Test mutating func `no more than what is borrowed, and only within the guarantee`() {
    _ = running(4, of: Self.owner, priority: 0)
    _ = claim(cpu: 3_000, priority: 9)
    #expect(preemptions() == [], "it would borrow itself")
    _ = claim(cpu: 2_000, priority: 9, at: 101)
    #expect(preemptions(at: 102).map(\.victims.count) == [2])
  }

  @Test mutating func `whose organization is within its own guarantee is left alone`() {
    _ = running(1, of: Self.owner, cpu: 2_000)
    _ = running(2, of: Self.guest)
    _ = claim()
    #expect(preemptions() == [])
  }

  @Test(arguments: [
    (ReclaimPolicy.never, 9, 0), (.lowerPriority, 9, 1), (.lowerPriority, 1, 0), (.any, 0, 1),
  ])
  func whomThePolicyLets(policy: ReclaimPolicy, priority: Int, count: Int) {
    var copy = self
    copy.setReclaim(policy)
    _ = copy.running(4, of: Self.owner)
    _ = copy.claim(priority: priority)
    #expect(copy.preemptions().count == count)
  }

  @Test mutating func `protection and attempts hold for borrowed work too`() {
    _ = running(4, of: Self.owner, protection: 200)
    _ = claim()
    #expect(preemptions() == [])
    #expect(preemptions(at: 250).count == 1)
    var other = SchedulingReclaimTests()
    _ = other.running(4, of: Self.owner, maxAttempts: 1)
    _ = other.claim()
    #expect(other.preemptions() == [])
  }

  @Test mutating func `what is taken back goes to whom it is guaranteed, before a higher priority`()
  {
    let all = running(4, of: Self.owner, priority: 5)
    let claim = claim()
    let decided = preemptions()
    // The owner's next is of a higher priority, and would borrow what was freed.
    let next = fixtures.deployment(
      cpu: 1_000, priority: 9, createdAt: .after(100), organization: Self.owner)
    engine.apply(.deployment(next))
    requeue(all[3], notBefore: .after(101))
    engine.apply(.preemptionSettled(decided[0], moved: [all[3].id], retryAt: .after(101)))
    #expect(engine.settle(now: .after(100)).map(\.deployment) == [claim.id])
    #expect(engine.settle(now: .after(110)).isEmpty)
    #expect(preemptions(at: 120) == [], "the owner holds what it is guaranteed, and no more")
  }

  @Test mutating func `reclaim that is allowed later begins then`() {
    setReclaim(.never)
    _ = running(4, of: Self.owner)
    _ = claim()
    #expect(preemptions() == [])
    setReclaim(.any)
    #expect(preemptions(at: 101).count == 1)
  }

  @Test mutating func `work of one's own and borrowed work go together, borrowed first`() {
    let own = running(1, of: Self.guest, priority: 0)
    let borrowed = running(3, of: Self.owner, priority: 0)
    var urgent = fixtures.deployment(
      cpu: 1_000, priority: 9, createdAt: .after(100), organization: Self.guest)
    urgent.terms.preempts = true
    engine.apply(.deployment(urgent))
    let victims = preemptions().flatMap(\.victims)
    #expect(victims.map(\.deployment) == [borrowed[2].id] && victims[0].isReclaimed)
    #expect(own.count == 1)
  }
}
