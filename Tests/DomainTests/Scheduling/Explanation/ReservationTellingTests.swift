import Domain
import Testing

/// How the leader tells the store of its reservations.
@Suite struct ReservationTellingTests {
  private let stage = SchedulingStage()

  /// A cluster that is full of small work, and one that waits for all of it.
  private func crowd() -> (cluster: Cluster, small: [Deployment], large: Deployment) {
    let cluster = stage.fixtures.cluster(cpu: 4_000)
    stage.world.add(cluster)
    let small = (0..<4).map { _ in stage.fixtures.deployment(cpu: 1_000) }
    for deployment in small { stage.world.queue(deployment) }
    let large = stage.fixtures.deployment(cpu: 4_000, createdAt: .after(1))
    stage.world.queue(large)
    return (cluster, small, large)
  }

  private var told: [ClusterID: KeptRoom] { stage.world.with { $0.reservations } }

  @Test func `a reservation is told once it is made, and taken back once it is used`() {
    let (cluster, small, large) = crowd()
    _ = stage.startScheduler(1)
    stage.pass(.seconds(2))
    #expect(told == [:])
    stage.pass(.seconds(60))
    #expect(told[cluster.id]?.deployment == large.id)
    let calls = stage.world.calls(.writeReservations)
    stage.pass(.seconds(10))
    #expect(stage.world.calls(.writeReservations) == calls, "nothing changed, nothing is written")
    for deployment in small { stage.world.end(deployment.id, as: .completed) }
    stage.pass(.seconds(3))
    #expect(stage.world[large.id]?.state == .scheduled)
    #expect(told == [:])
  }

  @Test func `what an earlier leader told is void under the next one`() {
    let (cluster, _, large) = crowd()
    let gone = ClusterID(999)
    stage.world.with { state in
      state.reservations[gone] = KeptRoom(
        cluster: gone, deployment: large.id, gpuDevices: [], backfilledCPU: MilliCPU(0),
        backfilledMemory: Bytes(0))
    }
    _ = stage.startScheduler(1)
    stage.pass(.seconds(1))
    #expect(told == [:])
    stage.pass(.seconds(60))
    #expect(told.keys.map { $0 } == [cluster.id])
  }

  @Test func `what could not be told is told again, whole`() {
    let (cluster, _, large) = crowd()
    let scheduler = stage.startScheduler(1)
    stage.pass(.seconds(5))
    stage.world.fail(.writeReservations)
    stage.pass(.seconds(60))
    #expect(told == [:] && scheduler.status.isLeading)
    stage.world.recover(.writeReservations)
    stage.pass(.seconds(10))
    #expect(told[cluster.id]?.deployment == large.id)
  }

  @Test func `the fence ends the term here as everywhere`() {
    let (_, _, large) = crowd()
    let scheduler = stage.startScheduler(1)
    stage.pass(.seconds(5))
    let begun = scheduler.status.metrics.termsBegun
    stage.world.before(.writeReservations) { [world = stage.world] () async throws(DomainError) in
      world.with { $0.epoch += 1 }
      world.before(.writeReservations, nil)
    }
    stage.pass(.seconds(60))
    #expect(scheduler.status.metrics.termsFenced >= 1)
    #expect(scheduler.status.metrics.termsBegun > begun)
    #expect(told.values.map(\.deployment) == [large.id])
  }
}
