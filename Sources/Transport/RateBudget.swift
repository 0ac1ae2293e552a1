/// A bucket of `burst` events that refills evenly, one event each `interval`. The caller brings
/// the time.
struct RateBudget: Equatable {
  private let burst: UInt64
  private let intervalNanoseconds: UInt64
  /// Time that the bucket holds: `intervalNanoseconds` an event.
  private var level: UInt64
  private var updated: UInt64

  init(burst: Int, intervalNanoseconds: UInt64, now: UInt64) {
    self.burst = UInt64(max(burst, 0))
    self.intervalNanoseconds = max(intervalNanoseconds, 1)
    level = self.burst.multipliedReportingOverflow(by: self.intervalNanoseconds).partialValue
    updated = now
  }

  /// Takes one event. False: there is none left.
  mutating func take(now: UInt64) -> Bool {
    let elapsed = now >= updated ? now - updated : 0
    updated = max(updated, now)
    let full = burst &* intervalNanoseconds
    level = min(level.addingReportingOverflow(elapsed).overflow ? full : level &+ elapsed, full)
    guard level >= intervalNanoseconds else { return false }
    level -= intervalNanoseconds
    return true
  }
}
