/// How a replay with times went.
package struct TimelineReport: Sendable, Equatable {
  /// How long deployments of a class waited for their start, in seconds.
  package struct Waiting: Sendable, Equatable {
    package let qos: String
    package let started: Int
    /// Still waiting when nothing ran any more.
    package let never: Int
    package let mean: Double
    package let median: Int64
    package let p95: Int64
    package let most: Int64
  }

  package struct Utilization: Sendable, Equatable {
    /// The end of the part of the time that it is of, counted from the first arrival.
    package let atSeconds: Int64
    /// The part of the GPU that was held, on average over that part of the time.
    package let gpu: Double
  }

  package let nodes: Int
  package let milliGPU: Int64
  package let organizations: Int
  /// By class.
  package let waiting: [Waiting]
  /// From the first arrival to the last.
  package let utilization: [Utilization]
  package let seconds: Int64
  package let meanUtilization: Double
  /// Jain's index over the part of the GPU time that an organization got of what it would have got
  /// had nothing waited, from the first arrival to the last: 1 is even, 1/n is all for one.
  package let fairness: Double
  /// Of clusters that all share: Jain's index over what an organization held for its weight while
  /// all had something that waited. Nil: there was no such time.
  package let fairnessOfWeights: Double?
}

/// Jain's fairness index (Jain, Chiu, Hawe 1984): the square of the sum over n times the sum of the
/// squares.
package func jainIndex(_ shares: [Double]) -> Double {
  let squares = shares.reduce(0) { $0 + $1 * $1 }
  guard squares > 0 else { return 1 }
  let sum = shares.reduce(0, +)
  return sum * sum / (Double(shares.count) * squares)
}
