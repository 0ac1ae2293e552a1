import Domain
import Testing

@Suite struct SchedulingExpirationTests {
  private var fixtures = Fixtures()
  private var engine = SchedulingEngine()

  private mutating func queue(
    cpu: Int64 = 1_000, timeToLive: Double? = nil, startBy: Double? = nil
  ) -> Deployment {
    var deployment = fixtures.deployment(cpu: cpu)
    deployment.terms.timeToLive = timeToLive.map { .seconds($0) }
    deployment.terms.startBy = startBy.map { .after($0) }
    engine.apply(.deployment(deployment))
    return deployment
  }

  private mutating func expirations(at second: Double) -> [Expiration] {
    engine.decide(now: .after(second), limit: 10).expirations
  }

  @Test mutating func `what is queued for too long expires, and is not placed after`() {
    let deployment = queue(timeToLive: 10)
    #expect(expirations(at: 9.9) == [])
    #expect(engine.nextWake(now: .after(9.9)) == .after(10))
    #expect(
      expirations(at: 10) == [
        Expiration(deployment: deployment.id, attempt: 0, cluster: nil, cause: .queueTimeout)
      ])
    engine.apply(.cluster(fixtures.cluster()))
    #expect(engine.settle(now: .after(11)) == [])
    #expect(expirations(at: 12) == [], "it is decided once")
    engine.apply(.deployment(deployment.ended(.failed)))
    #expect(engine.queuedCount == 0)
  }

  @Test mutating func `the time counts from the last way back to the queue`() {
    engine.apply(.cluster(fixtures.cluster()))
    let deployment = queue(timeToLive: 10)
    let placed = deployment.placed(by: engine.settle(now: .after(5))[0], state: .running)
    engine.apply(.deployment(placed))
    #expect(expirations(at: 20) == [])
    var back = placed.requeued(notBefore: .after(100))
    back.requeuedAt = .after(20)
    engine.apply(.deployment(back))
    #expect(expirations(at: 29) == [])
    #expect(expirations(at: 30).map(\.attempt) == [1])
  }

  @Test mutating func `what does not run in time expires, and holds until that is committed`() {
    let cluster = fixtures.cluster(cpu: 1_000)
    engine.apply(.cluster(cluster))
    let deployment = queue(timeToLive: 5, startBy: 20)
    let placement = engine.settle(now: .start)[0]
    #expect(expirations(at: 19) == [], "the time-to-live is that of the queue")
    #expect(
      expirations(at: 20) == [
        Expiration(
          deployment: deployment.id, attempt: 1, cluster: cluster.id, cause: .startDeadline)
      ])
    let next = queue()
    #expect(engine.settle(now: .after(21)) == [])
    engine.apply(.deployment(deployment.placed(by: placement).ended(.failed)))
    #expect(engine.settle(now: .after(22)).map(\.deployment) == [next.id])
  }

  @Test mutating func `once it has run the deadline has no say any more`() {
    engine.apply(.cluster(fixtures.cluster()))
    let deployment = queue(startBy: 20)
    var running = deployment.placed(by: engine.settle(now: .start)[0], state: .running)
    running.hasRun = true
    engine.apply(.deployment(running))
    #expect(expirations(at: 25) == [])
    engine.apply(.deployment(running.requeued(notBefore: .after(100))))
    #expect(expirations(at: 30) == [])
    #expect(engine.nextWake(now: .after(30)) == .after(100))
  }

  @Test mutating func `a refused expiration is decided again later; before, it may be placed`() {
    let deployment = queue(timeToLive: 10)
    let expiration = expirations(at: 10)[0]
    engine.apply(.expirationRefused(expiration, retryAt: .after(12)))
    #expect(expirations(at: 11) == [])
    #expect(expirations(at: 12) == [expiration])
    engine.apply(.expirationRefused(expiration, retryAt: .after(14)))
    engine.apply(.cluster(fixtures.cluster()))
    #expect(engine.settle(now: .after(13)).map(\.deployment) == [deployment.id])
    #expect(expirations(at: 20) == [])
  }

  @Test mutating func `a limit that was moved while it was queued counts from then on`() {
    var deployment = queue(timeToLive: 10)
    deployment.terms.timeToLive = .seconds(20)
    engine.apply(.deployment(deployment))
    #expect(expirations(at: 15) == [])
    deployment.terms.timeToLive = .seconds(16)
    engine.apply(.deployment(deployment))
    #expect(expirations(at: 16).count == 1)
  }

  @Test mutating func `no more than the limit are decided at a time, and the rest at once after`() {
    for _ in 0..<25 { _ = queue(timeToLive: 1) }
    #expect(expirations(at: 5).count == 10)
    #expect(engine.nextWake(now: .after(5)).map { $0 <= .after(5) } ?? false)
    #expect(expirations(at: 5).count == 10)
    #expect(expirations(at: 5).count == 5)
    #expect(engine.nextWake(now: .after(5)) == nil)
  }
}
