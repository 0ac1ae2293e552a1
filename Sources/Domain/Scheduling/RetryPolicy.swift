/// How long to wait before trying again: exponential with full jitter, so that many who failed at
/// once come back spread out ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
package struct RetryPolicy: Sendable, Equatable {
  package var first: Duration
  package var limit: Duration

  /// Retries of a deployment.
  package static let deployments = RetryPolicy(first: .seconds(1), limit: .seconds(300))
  /// Retries of a store or lease that is away.
  package static let stores = RetryPolicy(first: .milliseconds(50), limit: .seconds(2))

  package init(first: Duration, limit: Duration) {
    precondition(first > .zero && limit >= first, "a retry policy needs 0 < first <= limit")
    self.first = first
    self.limit = limit
  }

  /// The longest delay after `failures` failures: `first` doubled for each after the first one, at
  /// most `limit`.
  package func ceiling(failures: Int) -> Duration {
    var delay = first
    var count = 1
    while count < failures, delay < limit {
      delay = delay * 2
      count += 1
    }
    return min(delay, limit)
  }

  /// Between nothing and the ceiling; `fraction` of 0 to 1 says where.
  package func delay(failures: Int, fraction: Double) -> Duration {
    let ceiling = ceiling(failures: failures)
    return .microseconds(Int64(Double(ceiling.microseconds) * min(max(fraction, 0), 1)))
  }
}

/// Counts failures in a row and says how long to wait.
package struct Backoff: Sendable {
  private let policy: RetryPolicy
  package private(set) var failures = 0

  package init(_ policy: RetryPolicy) { self.policy = policy }

  package mutating func next(_ jitter: some JitterSource) -> Duration {
    failures += 1
    return policy.delay(failures: failures, fraction: jitter.fraction())
  }

  package mutating func reset() { failures = 0 }
}
