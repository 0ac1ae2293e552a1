/// The bounds of a histogram's buckets: 1.024 µs times the powers of two from `first` to `last`.
/// Servers count in buckets that end at these bounds among others, so no count is split.
package struct HistogramBounds: Sendable {
  package let nanoseconds: [UInt64]

  init(first: Int, last: Int) {
    nanoseconds = (first...last).map { 1_024 << UInt64($0) }
  }
}
