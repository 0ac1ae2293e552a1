/// Delays between attempts: exponential, with full jitter, so that many agents do not come back at
/// the same moment.
package struct Backoff: Sendable {
  private let first: Duration
  private let most: Duration
  private var attempts = 0

  /// The n-th delay lies anywhere between zero and `first` doubled n times, `most` at the most.
  package init(first: Duration = .milliseconds(200), most: Duration = .seconds(15)) {
    self.first = first
    self.most = most
  }

  /// The upper end of the next delay.
  package var ceiling: Duration { min(most, first * (1 << min(attempts, 30))) }

  package mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
    defer { attempts += 1 }
    return ceiling * Double.random(in: 0...1, using: &generator)
  }

  package mutating func next() -> Duration {
    var generator = SystemRandomNumberGenerator()
    return next(using: &generator)
  }

  package mutating func reset() { attempts = 0 }
}
