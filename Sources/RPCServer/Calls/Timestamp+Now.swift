import Glibc
import Messages

extension Timestamp {
  /// The wall clock's.
  static var now: Timestamp { now(before: .zero) }

  /// What the wall clock said so long ago.
  static func now(before duration: Duration) -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let microseconds = Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1_000
    let (seconds, attoseconds) = duration.components
    let before = seconds.multipliedReportingOverflow(by: 1_000_000)
    let offset = before.overflow ? 0 : before.partialValue &+ attoseconds / 1_000_000_000_000
    return Timestamp(microseconds: microseconds &- offset)
  }
}
