import RPCClient

/// What `berth bench` does to a server.
struct LoadPlan: Sendable {
  let method: MethodDescriptor
  let connections: Int
  /// Calls under way on each connection.
  let outstanding: Int
  let duration: Duration
  /// Calls that are made before the clock starts to run.
  let warmup: Duration
  /// Calls a second over all connections; nil: as fast as answers come.
  let rate: Double?
  let options: CallOptions

  var workers: Int { connections * outstanding }
}
