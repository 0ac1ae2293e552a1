import Synchronization

/// Keeps retries from multiplying the load on a server that is in trouble: each costs a token,
/// calls that go well earn a part of one.
final class RetryBudget: Sendable {
  private let tokens = Mutex(ClientLimits.retryTokens)

  /// Whether one more retry may be made.
  func take() -> Bool {
    tokens.withLock { tokens in
      guard tokens >= 1 else { return false }
      tokens -= 1
      return true
    }
  }

  func earn() {
    tokens.withLock { $0 = min(ClientLimits.retryTokens, $0 + ClientLimits.retryTokensEarned) }
  }
}
