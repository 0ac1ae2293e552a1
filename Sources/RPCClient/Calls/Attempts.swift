import EventLoop
import Messages
import Wire

/// Decides whether a call that failed is made again, and waits before it is. A value of one call.
///
/// Safe to repeat: what no handler saw; what the method says has no side effects or is idempotent;
/// what was refused for its token, once another is there.
struct Attempts {
  /// What follows a failure.
  private enum Next {
    case retry(after: Duration)
    case fail
  }

  private let plan: CallPlan
  /// Attempts that the policy counts.
  private var counted = 0
  private var made = 0
  private var movesFromDraining = 0
  private var movesFromRefusing = 0
  private var hasRenewedToken = false
  private var backoff: Backoff?
  private var last: SubChannel?

  init(_ plan: CallPlan) { self.plan = plan }

  /// Sets the next attempt up.
  mutating func begin() async throws(RPCStatus) -> AttemptSetup {
    made += 1
    return try await plan.attempt(made, avoiding: last)
  }

  /// The call went well.
  func succeeded(_ setup: AttemptSetup, _ end: CallEnd) {
    plan.channel.budget.earn()
    setup.observed?.end(end, isFinal: true)
  }

  /// Returns when another attempt may begin; throws the status when none may.
  mutating func next(after end: CallEnd, _ setup: AttemptSetup) async throws(RPCStatus) {
    last = end.server
    do throws(RPCStatus) {
      if try await renewToken(after: end.status, setup.credentials) {
        setup.observed?.end(end, isFinal: false)
        return
      }
    } catch {
      setup.observed?.end(end, isFinal: true)
      throw error
    }
    switch decide(end) {
    case .fail:
      setup.observed?.end(end, isFinal: true)
      throw end.status
    case .retry(let delay):
      setup.observed?.end(end, isFinal: false)
      guard delay > .zero else { return }
      do throws(CancellationError) {
        try await plan.core.loop.sleep(for: delay)
      } catch {
        throw RPCStatus(.cancelled, "the caller gave up")
      }
    }
  }

  private mutating func decide(_ end: CallEnd) -> Next {
    // A closed channel has no connection for another attempt, however long the call waits.
    guard plan.options.retries, plan.core.board.current != .shutdown else { return .fail }
    if movesOn(end) { return .retry(after: .zero) }
    counted += 1
    let policy = plan.retryPolicy
    guard counted < policy.boundedAttempts, isSafe(end, policy) else { return .fail }
    var backoff = backoff ?? policy.backoff
    var delay = backoff.next(random: .random(in: 0..<1))
    self.backoff = backoff
    if let asked = end.status.retryDelay {
      guard asked <= ClientLimits.longestHonouredDelay else { return .fail }
      delay = max(delay, asked)
    }
    guard CallPlan.instant(plus: delay.clampedNanoseconds) < plan.deadlineNanoseconds,
      plan.channel.budget.take()
    else { return .fail }
    return .retry(after: delay)
  }

  /// Whether it goes to another connection at once, which is no retry: the server saw nothing.
  private mutating func movesOn(_ end: CallEnd) -> Bool {
    switch end.progress {
    case .refusedByDraining:
      movesFromDraining += 1
      return movesFromDraining <= ClientLimits.movesFromDraining
    case .refused:
      movesFromRefusing += 1
      return movesFromRefusing <= ClientLimits.movesFromRefusing
    case .unsent, .started:
      return false
    }
  }

  private func isSafe(_ end: CallEnd, _ policy: RetryPolicy) -> Bool {
    guard policy.codes.contains(end.status.code) else { return false }
    return end.progress != .started || plan.isRepeatable
  }

  /// A handler does not run with a token that is refused, so once is safe.
  private mutating func renewToken(
    after status: RPCStatus, _ credentials: CallCredentials
  ) async throws(RPCStatus) -> Bool {
    guard status.code == .unauthenticated, !hasRenewedToken,
      let provider = plan.core.options.credentials, let token = credentials.channelToken
    else { return false }
    hasRenewedToken = true
    return try await provider.rejected(token, by: plan.channel)
  }
}
