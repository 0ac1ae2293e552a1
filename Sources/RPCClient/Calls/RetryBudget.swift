import Synchronization

/// Keeps retries from multiplying the load on a server that is in trouble: each costs a token,
/// calls that go well earn a part of one.
final class RetryBudget: Sendable {
  /// In thousandths of a token.
  private let tokens = Atomic(ClientLimits.retryTokens)

  /// Whether one more retry may be made.
  func take() -> Bool {
    var current = tokens.load(ordering: .relaxed)
    while current >= 1_000 {
      let result = tokens.compareExchange(
        expected: current, desired: current - 1_000, ordering: .relaxed)
      if result.exchanged { return true }
      current = result.original
    }
    return false
  }

  /// A call went well. Where nothing was taken this only looks.
  func earn() {
    var current = tokens.load(ordering: .relaxed)
    while current < ClientLimits.retryTokens {
      let next = min(ClientLimits.retryTokens, current + ClientLimits.retryTokensEarned)
      let result = tokens.compareExchange(
        expected: current, desired: next, ordering: .relaxed)
      if result.exchanged { return }
      current = result.original
    }
  }
}
