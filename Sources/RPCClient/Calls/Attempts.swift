import EventLoop
import Messages
import Wire

/// Decides whether a call that failed is made again, and waits before it is. A value of one call.
///
/// Safe to repeat: what no handler saw; what the method says has no side effects or is idempotent;
/// what was refused for its token, once another is there.
struct Attempts {
  private let plan: CallPlan
  private let channel: Channel
  private var made = 0
  private var hasRenewedToken = false
  private var backoff = Backoff(
    first: ClientLimits.retryDelay, longest: ClientLimits.longestRetryDelay, factor: 2)

  init(_ plan: CallPlan, channel: Channel) {
    self.plan = plan
    self.channel = channel
  }

  /// The credentials for the next attempt.
  func credentials() async throws(RPCStatus) -> CallCredentials {
    switch plan.options.credentials {
    case .token(let token): .call(token)
    case .none: .none
    case .channel: .connection(try await plan.core.options.credentials?.token(for: channel))
    }
  }

  /// Returns when another attempt may begin; throws the status when none may.
  mutating func next(after end: CallEnd, _ credentials: CallCredentials) async throws(RPCStatus) {
    made += 1
    if try await renewToken(after: end.status, credentials) { return }
    guard plan.options.retries, isSafe(end), made < ClientLimits.attempts else { throw end.status }
    var delay = backoff.next(random: .random(in: 0..<1))
    if let asked = end.status.retryDelay {
      guard asked <= ClientLimits.longestHonouredDelay else { throw end.status }
      delay = max(delay, asked)
    }
    if let deadline = plan.deadline, ContinuousClock.now + delay >= deadline { throw end.status }
    guard channel.budget.take() else { throw end.status }
    do throws(CancellationError) {
      try await plan.core.loop.sleep(for: delay)
    } catch {
      throw RPCStatus(.cancelled, "the caller gave up")
    }
  }

  private func isSafe(_ end: CallEnd) -> Bool {
    guard end.status.code == .unavailable else { return false }
    return end.isUnstarted || plan.method.idempotency != .unknown
  }

  /// A handler does not run with a token that is refused, so once is safe.
  private mutating func renewToken(
    after status: RPCStatus, _ credentials: CallCredentials
  ) async throws(RPCStatus) -> Bool {
    guard status.code == .unauthenticated, !hasRenewedToken,
      let provider = plan.core.options.credentials, let token = credentials.channelToken
    else { return false }
    hasRenewedToken = true
    return try await provider.rejected(token, by: channel)
  }
}
