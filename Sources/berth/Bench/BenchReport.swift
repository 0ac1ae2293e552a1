import Foundation
import RPCClient

/// How the result of a load is told.
struct BenchReport {
  let plan: LoadPlan
  let result: LoadResult
  let seconds: Double

  private static let quantiles: [(name: String, value: Double)] = [
    ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999),
  ]

  private var rate: Double { seconds > 0 ? Double(result.latency.total) / seconds : 0 }

  // MARK: Words

  func printTable() {
    let load = "\(plan.connections) x \(plan.outstanding)"
    let pace = plan.rate.map { " at \(Self.number($0)) calls/s" } ?? ""
    Terminal.print("\(plan.method.path), \(load)\(pace), \(Self.number(seconds)) s")
    Terminal.print("calls    \(result.latency.total)  (\(Self.number(rate)) calls/s)")
    for (code, count) in result.errors.sorted(by: { $0.key < $1.key }) {
      Terminal.print("errors   \(count)  \(Terminal.coloured(code, .red))")
    }
    if let words = result.firstError, result.errorCount > 0 {
      Terminal.print("         \(words.printable)")
    }
    guard result.latency.total > 0 else { return }
    Terminal.print("latency  " + latencyWords)
    printBands()
  }

  private var latencyWords: String {
    var parts = ["mean \(Self.time(result.latency.meanMicroseconds))"]
    parts += Self.quantiles.map {
      "\($0.name) \(Self.time(result.latency.microseconds(at: $0.value)))"
    }
    parts.append("max \(Self.time(result.latency.maximumMicroseconds))")
    return parts.joined(separator: "  ")
  }

  private func printBands() {
    let bands = result.latency.bands(perDoubling: 2)
    let largest = bands.map(\.count).max() ?? 1
    for band in bands {
      let bar = String(repeating: "#", count: Int(band.count * 50 / max(largest, 1)))
      let time = Self.time(band.toMicroseconds)
      let pad = String(repeating: " ", count: max(0, 10 - time.count))
      let share = Double(band.count) / Double(result.latency.total) * 100
      Terminal.print("<=\(pad)\(time)  \(Self.padded(share)) %  \(bar)")
    }
  }

  private static func padded(_ share: Double) -> String {
    let text = String(format: "%.2f", share)
    return String(repeating: " ", count: max(0, 6 - text.count)) + text
  }

  /// Microseconds, in the unit that reads best.
  static func time(_ microseconds: Double) -> String {
    switch microseconds {
    case ..<1_000: "\(number(microseconds)) us"
    case ..<1_000_000: "\(number(microseconds / 1_000)) ms"
    default: "\(number(microseconds / 1_000_000)) s"
    }
  }

  private static func number(_ value: Double) -> String {
    String(format: value >= 100 || value == value.rounded() ? "%.0f" : "%.3g", value)
  }

  // MARK: JSON

  func printJSON() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let document = Document(
      method: plan.method.path, connections: plan.connections, outstanding: plan.outstanding,
      seconds: seconds, calls: result.latency.total, callsPerSecond: rate,
      targetCallsPerSecond: plan.rate, errors: result.errors,
      latencyMicroseconds: latencies,
      histogram: result.latency.bands(perDoubling: 8).map {
        Bucket(upToMicroseconds: $0.toMicroseconds, count: $0.count)
      })
    Terminal.print(String(decoding: try encoder.encode(document), as: UTF8.self))
  }

  private var latencies: [String: Double] {
    var latencies = [
      "min": result.latency.minimumMicroseconds, "mean": result.latency.meanMicroseconds,
      "max": result.latency.maximumMicroseconds,
    ]
    for (name, value) in Self.quantiles {
      latencies[name] = result.latency.microseconds(at: value)
    }
    return latencies
  }

  private struct Document: Encodable {
    let method: String
    let connections: Int
    let outstanding: Int
    let seconds: Double
    let calls: UInt64
    let callsPerSecond: Double
    let targetCallsPerSecond: Double?
    let errors: [String: UInt64]
    let latencyMicroseconds: [String: Double]
    let histogram: [Bucket]

    enum CodingKeys: String, CodingKey {
      case method, connections, outstanding, seconds, calls, errors, histogram
      case callsPerSecond = "calls_per_second"
      case targetCallsPerSecond = "target_calls_per_second"
      case latencyMicroseconds = "latency_microseconds"
    }
  }

  private struct Bucket: Encodable {
    let upToMicroseconds: Double
    let count: UInt64

    enum CodingKeys: String, CodingKey {
      case upToMicroseconds = "up_to_microseconds"
      case count
    }
  }
}
