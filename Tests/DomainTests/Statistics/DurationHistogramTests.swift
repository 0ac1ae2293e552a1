import Testing

@testable import Domain

struct DurationHistogramTests {
  @Test func `a duration is in the bucket whose bound it does not exceed, and in none before`() {
    for shift in 0..<40 {
      let bound = Int64(1_024) << Int64(shift)
      for (nanoseconds, expected) in [(bound, shift), (bound + 1, shift + 1)] {
        var histogram = DurationHistogram()
        histogram.add(.nanoseconds(nanoseconds))
        #expect(histogram.counts.firstIndex(of: 1) == expected, "\(nanoseconds) ns")
      }
      #expect(DurationHistogram.bound(of: shift) == .nanoseconds(bound))
    }
  }

  @Test func `what is out of range is in the first or the last bucket`() {
    var histogram = DurationHistogram()
    histogram.add(.seconds(-5))
    histogram.add(.zero)
    histogram.add(.seconds(Int64.max))
    #expect(histogram.counts.first == 2)
    #expect(histogram.counts.last == 1)
    #expect(histogram.filled.last?.upTo == nil)
    #expect(histogram.count == 3)
  }

  @Test func `sums add counts and time`() {
    var (one, other) = (DurationHistogram(), DurationHistogram())
    one.add(.milliseconds(3))
    other.add(.milliseconds(3))
    other.add(.seconds(3))
    one.add(other)
    #expect(one.count == 3)
    #expect(one.nanoseconds == 3_006_000_000)
    #expect(one.filled.map(\.count) == [2, 1])
  }
}
