private import Domain

/// Keeps what happens in a replay with times, for its report.
struct TimelineRecord {
  private let begin: Int64
  /// The last arrival.
  private let end: Int64
  private var now: Int64
  private var waits: [String: [Int64]] = [:]
  private var never: [String: Int] = [:]
  // By organization, in thousandths of a device; times seconds.
  private var held: [Double]
  private var received: [Double]
  private var asked: [Double]
  private let weights: [Double]
  /// What each held while all of them had something that waited; times seconds.
  private var contended: [Double]
  private var waitingCount: [Int]
  /// Held by all, times seconds, in each part of the time.
  private var parts = Array(repeating: 0.0, count: SimulationLimits.utilizationPoints)

  init(from begin: Int64, to end: Int64, organizations: Int, weights: [Int64]?) {
    self.begin = begin
    self.end = max(end, begin + 1)
    now = begin
    held = Array(repeating: 0, count: organizations)
    received = held
    asked = held
    contended = held
    waitingCount = Array(repeating: 0, count: organizations)
    self.weights = weights?.map { Double($0) } ?? []
  }

  private var partSeconds: Double { Double(end - begin) / Double(parts.count) }

  mutating func arrived(_ pod: TracePod, organization: Int) {
    let most = Double(min(pod.seconds ?? 0, end - (pod.createdAt ?? end)))
    asked[organization] += Double(pod.request.gpu.value) * most
    waitingCount[organization] += 1
  }

  mutating func begun(_ pod: TracePod, organization: Int, waited: Int64) {
    waits[pod.qos, default: []].append(waited)
    waitingCount[organization] -= 1
    held[organization] += Double(pod.request.gpu.value)
  }

  mutating func ended(_ pod: TracePod, organization: Int) {
    held[organization] -= Double(pod.request.gpu.value)
  }

  mutating func neverBegan(_ pod: TracePod) { never[pod.qos, default: 0] += 1 }

  /// Before anything that happens at `time`.
  mutating func pass(to time: Int64) {
    let until = min(time, end)
    guard until > now else { return }
    for organization in held.indices {
      received[organization] += held[organization] * Double(until - now)
    }
    if !weights.isEmpty, waitingCount.allSatisfy({ $0 > 0 }) {
      for organization in held.indices {
        contended[organization] += held[organization] * Double(until - now)
      }
    }
    let all = held.reduce(0, +)
    var from = Double(now - begin)
    let to = Double(until - begin)
    while from < to {
      let part = min(Int(from / partSeconds), parts.count - 1)
      let next = part == parts.count - 1 ? to : min(Double(part + 1) * partSeconds, to)
      // Rounding must not stop it.
      let step = max(next - from, 1e-6)
      parts[part] += all * step
      from += step
    }
    now = until
  }

  func report(nodes: Int, milliGPU: Int64) -> TimelineReport {
    let capacity = Double(max(milliGPU, 1))
    let shares = asked.indices.filter { asked[$0] > 0 }.map { received[$0] / asked[$0] }
    return TimelineReport(
      nodes: nodes, milliGPU: milliGPU, organizations: held.count, waiting: waiting,
      utilization: parts.enumerated().map { part, sum in
        TimelineReport.Utilization(
          atSeconds: Int64(Double(part + 1) * partSeconds), gpu: sum / partSeconds / capacity)
      },
      seconds: end - begin,
      meanUtilization: received.reduce(0, +) / Double(end - begin) / capacity,
      fairness: jainIndex(shares),
      fairnessOfWeights: contended.contains { $0 > 0 }
        ? jainIndex(zip(contended, weights).map { $0 / $1 }) : nil)
  }

  private var waiting: [TimelineReport.Waiting] {
    Set(waits.keys).union(never.keys).sorted().map { qos in
      let sorted = (waits[qos] ?? []).sorted()
      func at(_ part: Double) -> Int64 {
        sorted.isEmpty ? 0 : sorted[min(Int(part * Double(sorted.count)), sorted.count - 1)]
      }
      return TimelineReport.Waiting(
        qos: qos, started: sorted.count, never: never[qos] ?? 0,
        mean: sorted.isEmpty ? 0 : Double(sorted.reduce(0, +)) / Double(sorted.count),
        median: at(0.5), p95: at(0.95), most: sorted.last ?? 0)
    }
  }
}
