/// A point in time: microseconds since 1970-01-01 00:00 UTC, the precision of the database.
package struct Instant: Hashable, Comparable, Sendable {
  package let microseconds: Int64

  package init(microseconds: Int64) { self.microseconds = microseconds }

  package static func < (a: Instant, b: Instant) -> Bool { a.microseconds < b.microseconds }

  /// Saturates at the ends of the range.
  package static func + (instant: Instant, duration: Duration) -> Instant {
    let sum = instant.microseconds.addingReportingOverflow(duration.microseconds)
    guard sum.overflow else { return Instant(microseconds: sum.partialValue) }
    return Instant(microseconds: duration.microseconds > 0 ? .max : .min)
  }

  /// Saturates at the ends of the range.
  package static func - (instant: Instant, duration: Duration) -> Instant {
    let difference = instant.microseconds.subtractingReportingOverflow(duration.microseconds)
    guard difference.overflow else { return Instant(microseconds: difference.partialValue) }
    return Instant(microseconds: duration.microseconds > 0 ? .min : .max)
  }

  package static func - (end: Instant, start: Instant) -> Duration {
    let difference = end.microseconds.subtractingReportingOverflow(start.microseconds)
    return .microseconds(
      difference.overflow ? (end > start ? Int64.max : .min) : difference.partialValue)
  }
}

extension Duration {
  /// Whole microseconds, saturating at the ends of the range.
  package var microseconds: Int64 {
    let (seconds, attoseconds) = components
    let whole = seconds.multipliedReportingOverflow(by: 1_000_000)
    let sum = whole.partialValue.addingReportingOverflow(attoseconds / 1_000_000_000_000)
    if whole.overflow || sum.overflow { return seconds > 0 ? .max : .min }
    return sum.partialValue
  }
}
