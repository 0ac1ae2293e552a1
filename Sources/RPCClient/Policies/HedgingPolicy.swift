public import Wire

/// Asks more than one server for the same answer: the first good one wins, the others are
/// cancelled. Cuts the tail of the latency at the price of some calls made twice.
///
/// For unary calls of methods that are idempotent or have no side effects; other calls are made as
/// without it. Takes the place of the retry policy, and the channel's retry budget bounds it.
public struct HedgingPolicy: Sendable, Hashable {
  /// Attempts in all, the first among them. At most 10 are made.
  public var attempts: Int
  /// How long an attempt may go without an answer before the next one is made beside it.
  public var delay: Duration
  /// Answers that leave the others going: the next attempt is made at once, or when the server's
  /// `RetryInfo` says. Any other failure ends the call.
  public var nonFatalCodes: Set<StatusCode>

  public init(
    attempts: Int = 2, delay: Duration = .milliseconds(100),
    nonFatalCodes: Set<StatusCode> = [.unavailable]
  ) {
    self.attempts = attempts
    self.delay = delay
    self.nonFatalCodes = nonFatalCodes
  }

  var boundedAttempts: Int { min(max(attempts, 1), ClientLimits.attempts) }
}
