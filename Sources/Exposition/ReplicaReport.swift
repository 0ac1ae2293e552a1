import RPCClient

/// What one replica told of itself.
struct ReplicaReport: Sendable {
  /// Its address, as the console was given it.
  let replica: String
  /// Nil: it did not answer, or not in time.
  let answer: Answer?
  /// Why it did not; for the log.
  let problem: RPCStatus?
  let took: Duration

  struct Answer: Sendable {
    let server: GetServerStatisticsResponse
    let methods: [MethodStatistics]
    let controlPlane: GetControlPlaneStatisticsResponse
  }
}
