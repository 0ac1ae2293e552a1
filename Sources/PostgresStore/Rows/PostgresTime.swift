internal import Domain

/// PostgreSQL counts microseconds from 2000-01-01 00:00 UTC; its ends of the range are infinities.
enum PostgresTime {
  private static let epochMicroseconds: Int64 = 946_684_800_000_000

  static func microseconds(of instant: Instant) -> Int64 {
    let difference = instant.microseconds.subtractingReportingOverflow(epochMicroseconds)
    return difference.overflow ? .min : difference.partialValue
  }

  static func instant(_ microseconds: Int64) -> Instant {
    // Both infinities keep their meaning.
    if microseconds == .min || microseconds == .max { return Instant(microseconds: microseconds) }
    let sum = microseconds.addingReportingOverflow(epochMicroseconds)
    return Instant(microseconds: sum.overflow ? .max : sum.partialValue)
  }
}
