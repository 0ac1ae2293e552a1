import TestSupport
import Testing

@testable import Domain

/// The engine against the reference, on random histories of everything that it can be told: 10,000
/// of 200 steps in `make soak FILTER=SchedulingModelTests`. A failure names the seed of its
/// history, and `BERTH_SEED` makes that the first.
@Suite struct SchedulingModelTests {
  /// Histories in all of a test, in parts that run beside each other.
  private static let parts = 2
  private static let histories = TestScale.rounds(300, soak: 10_000)
  private static let steps = TestScale.rounds(150, soak: 200)
  private static let seed = TestSeed.draw("SchedulingModelTests")

  private static func seeds(_ part: Int) -> [UInt64] {
    stride(from: part, to: histories, by: parts).map { seed.value &+ UInt64($0) }
  }

  @Test(
    "decides as the reference does, on random histories with each policy", arguments: 0..<parts,
    [PlacementPolicy.berth, .bestFit, .fragmentation()])
  func matchesTheReference(part: Int, policy: PlacementPolicy) {
    var (expired, changed, staleNews, gangs) = (0, 0, 0, 0)
    for seed in Self.seeds(part) {
      var history = SchedulingHistory(
        seed: seed, reservationAfter: .seconds(1_000_000), keepsRoom: false, policy: policy)
      for _ in 0..<Self.steps { history.step() }
      history.decide(limit: 100)
      history.checkBooks()
      expired += history.counts.expired
      changed += history.counts.changed
      staleNews += history.staleNews
      gangs += history.counts.gangs
    }
    #expect(gangs > 50, "hardly any gang was placed")
    #expect(expired > 50 && changed > 50, "hardly anything expired or changed")
    #expect(staleNews > 30, "hardly any news came late: that was not tested")
  }

  @Test(
    "with shares, quotas and weights it decides as the reference does, on 400 random histories",
    arguments: 0..<10)
  func matchesTheReferenceWithQuotas(part: UInt64) {
    var (placedByGuests, keptByQuotas, gangs) = (0, 0, 0)
    for seed in part * 40 + 1...part * 40 + 40 {
      var history = SchedulingHistory(
        seed: seed, reservationAfter: .seconds(1_000_000), keepsRoom: false, shares: true)
      for _ in 0..<150 { history.step() }
      history.decide(limit: 100)
      history.checkBooks()
      placedByGuests += history.placedByGuests
      keptByQuotas += history.keptByQuotas
      gangs += history.counts.gangs
    }
    #expect(gangs > 10, "hardly any gang was placed")
    #expect(placedByGuests > 50 && keptByQuotas > 50, "hardly anything was shared")
  }

  @Test(
    "with reservations, preemption and reclaim nothing breaks a quota, on 300 random histories",
    arguments: 0..<5)
  func keepsQuotasWithReservations(part: UInt64) {
    var (reserved, preempted, reclaimed) = (0, 0, 0)
    for seed in part * 60 + 1...part * 60 + 60 {
      var history = SchedulingHistory(
        seed: seed, reservationAfter: .seconds(3), keepsRoom: true, shares: true)
      for _ in 0..<150 {
        history.step()
        if history.engine.clusters.contains(where: { $0.reservation != nil }) { reserved += 1 }
      }
      history.decide(limit: 100)
      history.checkBooks()
      preempted += history.counts.preempted
      reclaimed += history.counts.reclaimed
    }
    #expect(reserved > 100, "hardly anything was reserved: this tested nothing")
    #expect(preempted > 5 && reclaimed > 2, "\(preempted) preempted, \(reclaimed) reclaimed")
  }

  @Test(
    "with reservations nothing is placed twice, and nobody waits for nothing",
    arguments: 0..<parts)
  func keepsItsBooks(part: Int) {
    var (reserved, reservedForGangs, preempted, expired) = (0, 0, 0, 0)
    for seed in Self.seeds(part) {
      var history = SchedulingHistory(seed: seed, reservationAfter: .seconds(3), keepsRoom: true)
      for step in 0..<Self.steps {
        history.step()
        if step % 10 == 0 { history.checkNobodyWaitsForNothing() }
        if history.engine.clusters.contains(where: { $0.reservation != nil }) { reserved += 1 }
        if history.engine.gangs.values.contains(where: { $0.reservations > 1 }) {
          reservedForGangs += 1
        }
      }
      history.checkNobodyWaitsForNothing()
      history.checkBooks()
      preempted += history.counts.preempted
      expired += history.counts.expired
    }
    #expect(preempted > 1 && expired > 50, "\(preempted) were preempted, \(expired) expired")
    #expect(reserved > 200, "hardly anything was reserved: this tested nothing")
    #expect(reservedForGangs > 20, "hardly any gang had room kept on several clusters")
  }

  @Test func `a cluster that was removed and comes back counts once`() {
    var fixtures = Fixtures()
    var engine = SchedulingEngine()
    let cluster = fixtures.cluster(cpu: 8_000, devices: 2)
    engine.apply(.cluster(cluster))
    engine.apply(.clusterRemoved(cluster.id))
    #expect(engine.totalCPU == 0 && engine.totalMilliGPU == 0)
    engine.apply(.cluster(cluster))
    #expect(engine.totalCPU == 8_000)
    #expect(engine.totalMemory == cluster.capacity.memory.value)
    #expect(engine.totalMilliGPU == 2_000)
  }
}
