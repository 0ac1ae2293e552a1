import Foundation
import Simulation

/// How one policy did, over all seeds.
struct AllocationReport {
  struct Run {
    let seed: UInt64
    let result: AllocationReplay.Result
    let seconds: Double

    var decisions: Int { result.placed + result.failed }
    var decisionsPerSecond: Double { seconds > 0 ? Double(decisions) / seconds : 0 }
  }

  let policy: PolicyName
  private(set) var runs: [Run] = []

  init(policy: PolicyName) { self.policy = policy }

  mutating func add(_ result: AllocationReplay.Result, seed: UInt64, seconds: Double) {
    runs.append(Run(seed: seed, result: result, seconds: seconds))
  }

  var percent: Double { mean { $0.result.allocationPercent } }
  var placed: Double { mean { Double($0.result.placed) } }
  var failed: Double { mean { Double($0.result.failed) } }
  var seconds: Double { mean(\.seconds) }

  /// Over all runs together.
  var decisionsPerSecond: Double {
    let seconds = runs.reduce(0) { $0 + $1.seconds }
    return seconds > 0 ? Double(runs.reduce(0) { $0 + $1.decisions }) / seconds : 0
  }

  /// Of the single runs from each other; nil for one run.
  var deviation: Double? {
    guard runs.count > 1 else { return nil }
    let mean = percent
    let squares = runs.reduce(0) { $0 + pow($1.result.allocationPercent - mean, 2) }
    return (squares / Double(runs.count - 1)).squareRoot()
  }

  var words: String { String(format: "%.2f %%", percent) }

  /// The mean of the runs' curves, point by point.
  var curve: [(x: Double, y: Double)] {
    let count = runs.map(\.result.curve.count).min() ?? 0
    return (0..<count).map { point in
      (mean { $0.result.curve[point].arrived }, mean { $0.result.curve[point].allocated })
    }
  }

  private func mean(_ value: (Run) -> Double) -> Double {
    runs.isEmpty ? 0 : runs.reduce(0) { $0 + value($1) } / Double(runs.count)
  }
}
