import RPCClient

/// How often something took how long, cumulatively, as Prometheus has it.
struct Histogram {
  /// Of each bound, how many did not exceed it.
  private(set) var cumulative: [(upTo: UInt64, count: UInt64)]
  let count: UInt64
  let sum: Duration

  /// - Parameter buckets: in order, each apart from the others.
  init(_ buckets: [LatencyBucket], sum: ProtobufDuration?, in bounds: HistogramBounds) {
    var (total, index) = (UInt64(0), 0)
    cumulative = []
    for bound in bounds.nanoseconds {
      while index < buckets.count, let upTo = buckets[index].upTo?.nanoseconds, upTo <= bound {
        total &+= buckets[index].count
        index += 1
      }
      cumulative.append((bound, total))
    }
    count = buckets[index...].reduce(total) { $0 &+ $1.count }
    self.sum = sum.map { Duration($0) } ?? .zero
  }

  init(_ statistics: DurationStatistics?, in bounds: HistogramBounds) {
    self.init(statistics?.buckets ?? [], sum: statistics?.time, in: bounds)
  }
}

extension ProtobufDuration {
  /// Saturates; what is negative is none.
  fileprivate var nanoseconds: UInt64 {
    guard seconds >= 0, nanos >= 0 else { return 0 }
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, more) = whole.addingReportingOverflow(UInt64(nanos))
    return overflow || more ? .max : sum
  }
}
