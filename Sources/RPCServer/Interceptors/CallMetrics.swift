import EventLoop
import Messages
import Synchronization
import Wire

/// Counts calls by method and code, and how long they took. Each loop counts for itself, without a
/// lock or an atomic; whoever asks goes round the loops.
public final class CallMetrics: ServerInterceptor {
  private let loops = Mutex<[LoopMetrics]>([])

  public init() {}

  public func prepared(for loop: LoopScope) -> any ServerInterceptor {
    let metrics = LoopMetrics(loop)
    loops.withLock { $0.append(metrics) }
    return metrics
  }

  /// Every method of the servers that these metrics were given to, by path.
  public func methods() async -> [MethodMetrics] {
    var all: [String: MethodMetrics] = [:]
    for loop in loops.withLock({ $0 }) {
      for metrics in await loop.scope.run({ loop.methods }) {
        all[metrics.method.path, default: LoopMetrics.none(metrics.method)].add(metrics)
      }
    }
    return all.values.sorted { $0.method.path < $1.method.path }
  }
}

/// One loop's counts: a row of numbers for each method. Confined to its loop.
final class LoopMetrics: ServerInterceptor, @unchecked Sendable {
  // @unchecked: confined to its loop; the lets are Sendable or only touched there.
  // Not stored: what is stored and computed is looked up behind a lock.
  private enum Column {
    static var started: Int { 0 }
    static var codes: Int { 1 }
    static var time: Int { codes + Int(StatusCode.unauthenticated.rawValue) + 1 }
    static var buckets: Int { time + 1 }
    static var count: Int { buckets + LatencyHistogram.buckets }
  }

  let scope: LoopScope
  // unsafe: allocated here for exactly the scope's methods, freed in deinit; indices of methods are
  // those of the same scope.
  private let rows: UnsafeMutablePointer<UInt64>

  init(_ scope: LoopScope) {
    self.scope = scope
    rows = .allocate(capacity: max(scope.methods.count, 1) * Column.count)
    rows.initialize(repeating: 0, count: max(scope.methods.count, 1) * Column.count)
  }

  deinit { rows.deallocate() }

  func begin(_ call: CallContext) -> Admission {
    rows[call.methodIndex * Column.count + Column.started] &+= 1
    return .proceed
  }

  func end(_ call: CallContext, _ outcome: CallOutcome) {
    let row = rows + call.methodIndex * Column.count
    row[Column.codes + Int(outcome.code.rawValue)] &+= 1
    row[Column.time] &+= outcome.nanoseconds
    row[Column.buckets + LatencyHistogram.bucket(ofNanoseconds: outcome.nanoseconds)] &+= 1
  }

  /// On the loop.
  var methods: [MethodMetrics] {
    scope.methods.enumerated().map { index, method in
      let row = UnsafeBufferPointer(start: rows + index * Column.count, count: Column.count)
      var metrics = Self.none(method)
      metrics.started = row[Column.started]
      for code in StatusCode.allCases where row[Column.codes + Int(code.rawValue)] > 0 {
        metrics.ended[code] = row[Column.codes + Int(code.rawValue)]
      }
      metrics.time = .nanoseconds(Int64(clamping: row[Column.time]))
      metrics.latency = LatencyHistogram(counts: Array(row[Column.buckets...]))
      return metrics
    }
  }

  static func none(_ method: MethodDescriptor) -> MethodMetrics {
    MethodMetrics(
      method: method, started: 0, ended: [:], time: .zero,
      latency: LatencyHistogram(counts: Array(repeating: 0, count: LatencyHistogram.buckets)))
  }
}
