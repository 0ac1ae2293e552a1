/// How often something took how long: four buckets to each doubling, so that a quantile is at most
/// a quarter above the truth.
public struct LatencyHistogram: Sendable, Hashable {
  /// Up to 1 µs is the first bucket, beyond 2¹⁰ · 2²⁸ ns (4 min 35 s) the last.
  static let buckets = 108

  /// Counts by bucket.
  private(set) var counts: [UInt64]

  init(counts: [UInt64]) {
    precondition(counts.count == Self.buckets, "a count a bucket")
    self.counts = counts
  }

  /// Of how many it is.
  public var count: UInt64 { counts.reduce(0, &+) }

  /// The buckets that are not empty, in order: so many took up to `upTo`, and longer than the
  /// bucket before. The last one's bound is nil.
  public var filled: [(upTo: Duration?, count: UInt64)] {
    counts.indices.filter { counts[$0] > 0 }.map { index in
      (index == Self.buckets - 1 ? nil : Self.bound(of: index), counts[index])
    }
  }

  /// What this part of all, from 0 to 1, did not exceed; nil: of nothing, or past the last bound.
  public func quantile(_ part: Double) -> Duration? {
    var left = UInt64((Double(count) * part).rounded(.up))
    for (bound, count) in filled {
      if left <= count { return bound }
      left -= count
    }
    return nil
  }

  mutating func add(_ other: LatencyHistogram) {
    for index in counts.indices { counts[index] &+= other.counts[index] }
  }

  /// The bucket of a duration.
  static func bucket(ofNanoseconds nanoseconds: UInt64) -> Int {
    let value = nanoseconds >> 10
    guard value >= 4 else { return Int(value) }
    let exponent = 63 - value.leadingZeroBitCount
    let quarter = Int(truncatingIfNeeded: value >> UInt64(exponent - 2)) & 3
    return min((exponent - 1) * 4 + quarter, buckets - 1)
  }

  /// What is less than this is in the bucket, or one before it.
  static func bound(of bucket: Int) -> Duration {
    let value = bucket < 4 ? UInt64(bucket) + 1 : UInt64(5 + bucket % 4) << UInt64(bucket / 4 - 1)
    return .nanoseconds(Int64(value << 10))
  }
}
