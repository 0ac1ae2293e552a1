import Messages

/// What the replicas placed lately and how long that had waited, from counts that each began at
/// zero with its start.
package struct PlacementWindow: Sendable {
  /// What one replica has counted so far.
  package struct Count: Sendable {
    package let placements: UInt64
    /// Waits by the bucket's upper end in seconds.
    package let waits: [Double: UInt64]

    package init(placements: UInt64, waits: [Double: UInt64]) {
      self.placements = placements
      self.waits = waits
    }
  }

  private struct Step {
    let seconds: Double
    var placements: UInt64 = 0
    var waits: [Double: UInt64] = [:]
  }

  private var lastAt: Double?
  /// By replica, with its start: one that began anew counts from zero.
  private var known: [String: Count] = [:]
  private var steps: [Step] = []

  package init() {}

  /// Takes in what the replicas count now. A replica that does not answer keeps its count.
  package mutating func add(_ counts: [String: Count], at seconds: Double) {
    var step = Step(seconds: max(0, seconds - (lastAt ?? seconds)))
    for (replica, count) in counts {
      // What came before the first look has no time that it belongs to.
      if lastAt != nil {
        step.placements &+= Self.growth(count.placements, known[replica]?.placements ?? 0)
        for (bound, waited) in count.waits {
          step.waits[bound, default: 0] &+= Self.growth(waited, known[replica]?.waits[bound] ?? 0)
        }
      }
      known[replica] = count
    }
    // Those of replicas that are gone for good.
    if known.count > ConsoleLimits.knownReplicas { known = counts }
    lastAt = seconds
    steps.append(step)
    if steps.count > ConsoleLimits.samples { steps.removeFirst() }
  }

  /// Since the look before the last one.
  package var placementsPerSecond: Double {
    guard let last = steps.last, last.seconds > 0 else { return 0 }
    return Double(last.placements) / last.seconds
  }

  /// Of all that is kept.
  package var placements: UInt64 { steps.reduce(0) { $0 &+ $1.placements } }

  /// The upper end, in seconds, of the bucket that the quantile of all waits lies in. Nil: nothing
  /// was placed.
  package func wait(quantile: Double) -> Double? {
    var waits: [Double: UInt64] = [:]
    for step in steps { waits.merge(step.waits) { $0 &+ $1 } }
    let all = waits.values.reduce(0.0) { $0 + Double($1) }
    guard all > 0 else { return nil }
    var seen = 0.0
    for (bound, count) in waits.sorted(by: { $0.key < $1.key }) {
      seen += Double(count)
      if seen >= all * quantile { return bound }
    }
    return nil
  }

  private static func growth(_ now: UInt64, _ before: UInt64) -> UInt64 {
    now >= before ? now - before : now
  }
}

extension PlacementWindow.Count {
  init(_ scheduler: GetControlPlaneStatisticsResponse.Scheduler) {
    let waits = (scheduler.wait?.buckets ?? []).map { bucket in
      (bucket.upTo.map { Double($0.seconds) + Double($0.nanos) / 1e9 } ?? .infinity, bucket.count)
    }
    self.init(
      placements: scheduler.placements,
      waits: Dictionary(waits, uniquingKeysWith: { $0 &+ $1 }))
  }
}
