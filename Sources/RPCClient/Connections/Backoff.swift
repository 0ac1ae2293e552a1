/// Pauses that grow by a factor up to a bound, each varied by a fifth so that clients that failed
/// together do not come back together. A value; randomness comes in.
struct Backoff {
  let first: Duration
  let longest: Duration
  let factor: Double
  private(set) var failures = 0
  private var pause: Duration

  init(first: Duration, longest: Duration, factor: Double) {
    self.first = first
    self.longest = longest
    self.factor = factor
    pause = first
  }

  /// The pause after one more failure. `random` is 0 up to 1.
  mutating func next(random: Double) -> Duration {
    defer {
      failures += 1
      pause = min(pause * factor, longest)
    }
    return pause * (0.8 + 0.4 * random)
  }

  mutating func reset() {
    failures = 0
    pause = first
  }
}
