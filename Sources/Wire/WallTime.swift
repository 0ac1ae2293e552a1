import Glibc

/// The machine's wall clock, for what others compare with theirs.
package enum WallTime {
  /// Nanoseconds since 1970.
  package static func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(clamping: time.tv_sec) &* 1_000_000_000 &+ UInt64(clamping: time.tv_nsec)
  }
}
