/// How often something took how long: a bucket to each doubling, from a microsecond to 13 days.
package struct DurationHistogram: Sendable, Equatable {
  /// Up to 1.024 µs is the first bucket, beyond 2⁴⁰ · 1.024 µs (13 days) the last.
  package static let buckets = 42

  package private(set) var counts = Array(repeating: UInt64(0), count: buckets)
  package private(set) var nanoseconds: UInt64 = 0

  package init() {}

  package var count: UInt64 { counts.reduce(0, &+) }

  /// The buckets that are not empty, in order. The last one's bound is nil.
  package var filled: [(upTo: Duration?, count: UInt64)] {
    counts.indices.filter { counts[$0] > 0 }.map { (Self.bound(of: $0), counts[$0]) }
  }

  package mutating func add(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else { return add(nanoseconds: 0) }
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    add(nanoseconds: overflow ? .max : whole &+ UInt64(attoseconds / 1_000_000_000))
  }

  package mutating func add(nanoseconds new: UInt64) {
    counts[Self.bucket(ofNanoseconds: new)] &+= 1
    nanoseconds &+= new
  }

  package mutating func add(_ other: DurationHistogram) {
    for index in counts.indices { counts[index] &+= other.counts[index] }
    nanoseconds &+= other.nanoseconds
  }

  static func bucket(ofNanoseconds nanoseconds: UInt64) -> Int {
    // Of the value less one, so that a bound is in the bucket that it bounds.
    let units = (max(nanoseconds, 1) - 1) >> 10
    return min(UInt64.bitWidth - units.leadingZeroBitCount, buckets - 1)
  }

  /// The longest duration of the bucket; nil: there is none.
  package static func bound(of bucket: Int) -> Duration? {
    bucket == buckets - 1 ? nil : .nanoseconds(Int64(1) << Int64(10 + bucket))
  }
}
