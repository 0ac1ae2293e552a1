public import Wire

/// When a call that failed is made again.
///
/// Two things hold whatever the policy: a call that a handler may have seen is repeated only if its
/// method is idempotent or has no side effects (`MethodDescriptor.idempotency`), and the channel's
/// budget lends ten retries, to which each call that goes well gives back a tenth. A call that the
/// server provably did not begin is moved to another connection at once, beside the policy.
public struct RetryPolicy: Sendable, Hashable {
  /// Attempts in all, the first among them; 1: none is repeated. At most 10 are made.
  public var attempts: Int
  /// What is worth another attempt.
  public var codes: Set<StatusCode>
  /// The pause before the second attempt, and the longest one. Each varies by a fifth either way.
  /// A server's `RetryInfo` makes a pause longer.
  public var initialBackoff: Duration
  public var maximumBackoff: Duration
  /// By how much each pause is longer than the one before. At least 1.
  public var multiplier: Double

  public init(
    attempts: Int = 4, codes: Set<StatusCode> = [.unavailable],
    initialBackoff: Duration = .milliseconds(50), maximumBackoff: Duration = .seconds(2),
    multiplier: Double = 2
  ) {
    self.attempts = attempts
    self.codes = codes
    self.initialBackoff = initialBackoff
    self.maximumBackoff = maximumBackoff
    self.multiplier = multiplier
  }

  /// One attempt. What the server provably did not begin is still moved to another connection;
  /// `CallOptions.retries` ends that too.
  public static let never = RetryPolicy(attempts: 1)

  var boundedAttempts: Int { min(max(attempts, 1), ClientLimits.attempts) }

  var backoff: Backoff {
    let first = max(initialBackoff, .zero)
    return Backoff(
      first: first, longest: max(maximumBackoff, first), factor: max(multiplier, 1))
  }
}
