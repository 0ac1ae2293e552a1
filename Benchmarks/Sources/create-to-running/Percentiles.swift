/// The distribution of some times, in milliseconds.
struct Percentiles: Encodable {
  let p50: Double
  let p90: Double
  let p99: Double
  let least: Double
  let most: Double

  /// By the nearest rank. At least one time is needed.
  init(_ times: [Duration]) {
    let sorted = times.map { $0 / .milliseconds(1) }.sorted()
    func rank(_ percent: Double) -> Double {
      let index = Int((percent / 100 * Double(sorted.count)).rounded(.up)) - 1
      return Self.rounded(sorted[min(max(index, 0), sorted.count - 1)])
    }
    (p50, p90, p99) = (rank(50), rank(90), rank(99))
    (least, most) = (rank(0), rank(100))
  }

  /// To microseconds.
  private static func rounded(_ milliseconds: Double) -> Double {
    (milliseconds * 1_000).rounded() / 1_000
  }
}
