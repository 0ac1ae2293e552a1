import RPCClient

/// What came of a load.
struct LoadResult: Sendable {
  /// Of the calls that were answered with OK.
  var latency = LatencyHistogram()
  /// The other calls, by the name of their code.
  var errors: [String: UInt64] = [:]
  /// The words of one of them.
  var firstError: String?

  mutating func add(_ other: LoadResult) {
    latency.add(other.latency)
    errors.merge(other.errors, uniquingKeysWith: +)
    firstError = firstError ?? other.firstError
  }

  mutating func record(_ status: RPCStatus) {
    errors[status.code.name, default: 0] += 1
    if firstError == nil { firstError = status.message }
  }

  var errorCount: UInt64 { errors.values.reduce(0, +) }
}
