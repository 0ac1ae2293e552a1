/// Counts of latencies in buckets that are at most 3 % wide, from a nanosecond to hours.
struct LatencyHistogram {
  /// Buckets for each doubling.
  private static let subdivisions = 32
  private static let bucketCount = 40 * subdivisions

  private var counts = [UInt64](repeating: 0, count: bucketCount)
  private(set) var total: UInt64 = 0
  private var sumNanoseconds: Double = 0
  private(set) var minimumNanoseconds = UInt64.max
  private(set) var maximumNanoseconds: UInt64 = 0

  mutating func record(_ nanoseconds: UInt64) {
    counts[Self.bucket(nanoseconds)] += 1
    total += 1
    sumNanoseconds += Double(nanoseconds)
    minimumNanoseconds = min(minimumNanoseconds, nanoseconds)
    maximumNanoseconds = max(maximumNanoseconds, nanoseconds)
  }

  mutating func add(_ other: LatencyHistogram) {
    for index in counts.indices { counts[index] += other.counts[index] }
    total += other.total
    sumNanoseconds += other.sumNanoseconds
    minimumNanoseconds = min(minimumNanoseconds, other.minimumNanoseconds)
    maximumNanoseconds = max(maximumNanoseconds, other.maximumNanoseconds)
  }

  var meanMicroseconds: Double { total == 0 ? 0 : sumNanoseconds / Double(total) / 1_000 }
  var minimumMicroseconds: Double { total == 0 ? 0 : Double(minimumNanoseconds) / 1_000 }
  var maximumMicroseconds: Double { Double(maximumNanoseconds) / 1_000 }

  /// The upper end of the bucket that holds `quantile`, 0 to 1, of the latencies; never above the
  /// maximum.
  func microseconds(at quantile: Double) -> Double {
    guard total > 0 else { return 0 }
    let wanted = max(1, (quantile * Double(total)).rounded(.up))
    var seen: UInt64 = 0
    for index in counts.indices {
      seen += counts[index]
      if Double(seen) >= wanted {
        return min(Double(Self.upperBound(index)) / 1_000, maximumMicroseconds)
      }
    }
    return maximumMicroseconds
  }

  /// A part of the latencies: above `from`, up to `to`.
  struct Band {
    let fromMicroseconds: Double
    let toMicroseconds: Double
    let count: UInt64
  }

  /// All latencies in bands, `perDoubling` for each doubling, without the empty ends.
  func bands(perDoubling: Int) -> [Band] {
    let width = Self.subdivisions / perDoubling
    guard let first = counts.firstIndex(where: { $0 > 0 }),
      let last = counts.lastIndex(where: { $0 > 0 })
    else { return [] }
    return (first / width...last / width).map { band in
      let range = band * width..<(band + 1) * width
      return Band(
        fromMicroseconds: range.lowerBound == 0
          ? 0 : Double(Self.upperBound(range.lowerBound - 1)) / 1_000,
        toMicroseconds: Double(Self.upperBound(range.upperBound - 1)) / 1_000,
        count: counts[range].reduce(0, +))
    }
  }

  private static func bucket(_ nanoseconds: UInt64) -> Int {
    guard nanoseconds >= UInt64(subdivisions) else { return Int(nanoseconds) }
    let shift = 63 - nanoseconds.leadingZeroBitCount - subdivisions.trailingZeroBitCount
    return min(
      (shift + 1) * subdivisions + Int(nanoseconds >> UInt64(shift)) - subdivisions,
      bucketCount - 1)
  }

  /// The largest value of a bucket, in nanoseconds.
  private static func upperBound(_ bucket: Int) -> UInt64 {
    guard bucket >= subdivisions else { return UInt64(bucket) }
    let shift = UInt64(bucket / subdivisions - 1)
    return (UInt64(bucket % subdivisions + subdivisions + 1) << shift) - 1
  }
}
