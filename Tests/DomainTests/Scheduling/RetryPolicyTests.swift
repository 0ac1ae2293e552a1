import Domain
import TestSupport
import Testing

@Suite struct RetryPolicyTests {
  private let policy = RetryPolicy(first: .seconds(1), limit: .seconds(30))

  @Test(arguments: zip([1, 2, 3, 5, 6, 7, 100, .max], [1, 2, 4, 16, 30, 30, 30, 30]))
  func `the ceiling doubles up to its limit`(failures: Int, seconds: Int) {
    #expect(policy.ceiling(failures: failures) == .seconds(seconds))
  }

  @Test func `the delay is anywhere between nothing and the ceiling`() {
    #expect(policy.delay(failures: 3, fraction: 0) == .zero)
    #expect(policy.delay(failures: 3, fraction: 0.5) == .seconds(2))
    #expect(policy.delay(failures: 3, fraction: 2) == .seconds(4))
  }

  @Test func `every reason of the table has a test, and every tested one a row`() throws {
    #expect(Set(try RetryReason.documented().keys) == Set(RetryReason.allCases.map(\.rawValue)))
  }

  @Test func `a backoff starts over after success`() {
    var backoff = Backoff(policy)
    let delays = (0..<3).map { _ in backoff.next(FixedJitter(value: 1)) }
    #expect(delays == [.seconds(1), .seconds(2), .seconds(4)])
    backoff.reset()
    #expect(backoff.next(FixedJitter(value: 1)) == .seconds(1))
  }
}
