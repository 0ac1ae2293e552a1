@testable import RPCClient
import Testing

@Suite struct BackoffTests {
  @Test func `pauses double up to the longest, vary by a fifth and begin anew after a reset`() {
    var backoff = Backoff(first: .milliseconds(100), longest: .seconds(1), factor: 2)
    let pauses = (0..<6).map { _ in backoff.next(random: 0.5) }
    #expect(
      pauses == [
        .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800),
        .seconds(1), .seconds(1),
      ])
    #expect(backoff.next(random: 0) == .milliseconds(800))
    #expect((.milliseconds(1_199)...(.milliseconds(1_201))).contains(backoff.next(random: 1)))
    backoff.reset()
    #expect(backoff.next(random: 0.5) == .milliseconds(100))
    for _ in 0..<10_000 { #expect(backoff.next(random: 0.5) <= .seconds(1)) }
  }

  @Test func `a budget lends ten retries and earns them back slowly`() {
    let budget = RetryBudget()
    for _ in 0..<10 { #expect(budget.take()) }
    #expect(!budget.take())
    for _ in 0..<11 { budget.earn() }
    #expect(budget.take())
    #expect(!budget.take())
  }
}
