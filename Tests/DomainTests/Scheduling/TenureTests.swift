import Domain
import Testing

@Suite struct TenureTests {
  private let begin = ContinuousClock.now
  private func at(_ seconds: Double) -> ContinuousClock.Instant { begin + .seconds(seconds) }

  private func tenure(withLock: Bool = true) -> Tenure {
    Tenure(
      ttl: .seconds(5), margin: .seconds(0.5), termAsked: at(0.2),
      lockAsked: withLock ? at(0) : nil)
  }

  @Test func `trust ends a margin before the lock that was asked for first`() {
    let tenure = tenure()
    #expect(tenure.isTrusted(now: at(4.4)))
    #expect(!tenure.isTrusted(now: at(4.5)))
  }

  @Test func `a renewal counts from when it was asked for`() {
    var tenure = tenure()
    tenure.lockRenewed(true, asked: at(1), now: at(3))
    tenure.termRenewed(true, asked: at(2), now: at(3))
    #expect(tenure.trustedUntil == at(5.5))
  }

  @Test func `a renewal that arrives after the trust ended does not revive it`() {
    var tenure = tenure()
    tenure.lockRenewed(true, asked: at(1), now: at(4.5))
    #expect(tenure.loss == .expired)
    #expect(!tenure.isTrusted(now: at(1)))
  }

  @Test func `both must hold: the lock cannot stand in for the term`() {
    var tenure = tenure()
    tenure.lockRenewed(true, asked: at(3), now: at(3))
    #expect(!tenure.isTrusted(now: at(4.7)))
    tenure.expire(now: at(4.7))
    #expect(tenure.loss == .expired)
  }

  @Test func `without Redis the term carries on alone until the lock is taken again`() {
    var tenure = tenure()
    tenure.lockUnknown(now: at(2))
    tenure.termRenewed(true, asked: at(3), now: at(3))
    #expect(!tenure.holdsLock)
    #expect(tenure.isTrusted(now: at(7.4)))
    tenure.lockTaken(true, asked: at(4))
    #expect(tenure.holdsLock)
    #expect(tenure.trustedUntil == at(7.5))
  }

  @Test func `another who took the lock meanwhile is believed`() {
    var tenure = tenure(withLock: false)
    tenure.lockTaken(false, asked: at(1))
    #expect(tenure.loss == .lockLost)
  }

  @Test func `silence of Redis until after the trust ended is a lost lease`() {
    var tenure = tenure()
    tenure.lockUnknown(now: at(4.6))
    #expect(tenure.loss == .expired)
  }

  @Test func `the first loss stays`() {
    var tenure = tenure()
    tenure.fenced()
    tenure.lockRenewed(false, asked: at(1), now: at(1))
    tenure.termRenewed(true, asked: at(1), now: at(1))
    #expect(tenure.loss == .fenced)
  }
}
