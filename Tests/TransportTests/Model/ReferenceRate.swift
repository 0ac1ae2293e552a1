/// A rate with a burst, counted nanosecond by nanosecond: for small numbers.
struct ReferenceRate {
  let burst: Int
  let interval: Int
  private var level: Int
  private var now: Int

  init(burst: Int, interval: Int, now: Int) {
    self.burst = burst
    self.interval = interval
    level = burst * interval
    self.now = now
  }

  mutating func take(at time: Int) -> Bool {
    while now < time {
      now += 1
      if level < burst * interval { level += 1 }
    }
    guard level >= interval else { return false }
    level -= interval
    return true
  }
}
