/// Pauses that double up to a last one, each shortened by up to half at random so that many who
/// lost the same server do not come back at once.
struct Backoff {
  private let last: Duration
  private var current: Duration

  static let reconnecting = Backoff(
    first: Limits.firstReconnectPause, last: Limits.lastReconnectPause)

  init(first: Duration, last: Duration) {
    self.last = last
    current = first
  }

  mutating func next() -> Duration {
    defer { current = min(last, current * 2) }
    return current * Double.random(in: 0.5...1)
  }
}
