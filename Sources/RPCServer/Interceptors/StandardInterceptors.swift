public import Logging

/// The chain that a server has unless it is given another: the one place where its order is
/// decided. Leave out what is not wanted by setting it to nil.
public struct StandardInterceptors: Sendable {
  /// First, so that every other part, the log and the handler know the trace.
  public var tracing: Tracing? = Tracing()
  /// Before whatever may have to wait.
  public var deadlines: DeadlinePolicy? = DeadlinePolicy()
  public var metrics: CallMetrics? = CallMetrics()
  public var log: AccessLog?
  public var authentication: Authentication?
  public var authorization: Authorization?
  /// The program's own: asked last, when it is known who calls.
  public var others: [any ServerInterceptor] = []

  /// - Parameter logger: of the access log; nil: none is kept.
  public init(logger: Logger? = nil) {
    log = logger.map { AccessLog($0) }
  }

  /// In the order in which they are asked.
  public var chain: [any ServerInterceptor] {
    let standard: [(any ServerInterceptor)?] = [
      tracing, deadlines, metrics, log, authentication, authorization,
    ]
    return standard.compactMap(\.self) + others
  }
}
