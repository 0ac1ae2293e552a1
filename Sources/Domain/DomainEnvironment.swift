/// A clock that never goes back, for leases and timeouts.
package protocol MonotonicClock: Sendable {
  func now() -> ContinuousClock.Instant
}

/// Lets time pass.
package protocol Sleeper: Sendable {
  /// Returns after `duration`; throws as soon as its task is cancelled.
  func sleep(for duration: Duration) async throws(CancellationError)
}

/// Spreads retries, so that those who failed together do not come back together.
package protocol JitterSource: Sendable {
  /// At least 0, below 1.
  func fraction() -> Double
}

package enum DiagnosticLevel: Sendable, Comparable {
  case debug, info, notice, warning, error
}

/// What the domain tells operators.
package protocol DiagnosticLog: Sendable {
  func write(_ level: DiagnosticLevel, _ message: String, _ fields: [String: String])
}

/// The world outside, for the parts of the domain that run by themselves.
package struct DomainEnvironment: Sendable {
  package let clock: any WallClock
  package let monotonic: any MonotonicClock
  package let sleeper: any Sleeper
  package let jitter: any JitterSource
  package let random: any SecureRandom
  package let log: any DiagnosticLog

  package init(
    clock: any WallClock, monotonic: any MonotonicClock, sleeper: any Sleeper,
    jitter: any JitterSource, random: any SecureRandom, log: any DiagnosticLog
  ) {
    self.clock = clock
    self.monotonic = monotonic
    self.sleeper = sleeper
    self.jitter = jitter
    self.random = random
    self.log = log
  }
}
