public import Messages
public import Wire

/// What became of the calls of one method.
public struct MethodMetrics: Sendable {
  public let method: MethodDescriptor
  /// Calls that began.
  public internal(set) var started: UInt64
  /// Calls that ended, by their code; codes that did not occur are not in it.
  public internal(set) var ended: [StatusCode: UInt64]
  /// The time of all that ended, from the arrival of the request to the end of the handler.
  public internal(set) var time: Duration
  public internal(set) var latency: LatencyHistogram

  /// Calls under way.
  public var open: UInt64 {
    let over = ended.values.reduce(0, &+)
    // Read loop by loop while calls go on.
    return started > over ? started - over : 0
  }

  mutating func add(_ other: MethodMetrics) {
    started &+= other.started
    ended.merge(other.ended) { $0 &+ $1 }
    time += other.time
    latency.add(other.latency)
  }
}
