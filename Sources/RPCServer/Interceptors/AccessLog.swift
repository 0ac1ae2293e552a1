public import Logging
import Messages
import Wire

/// One line a call: method, code, microseconds, who, from where, request id, and the trace
/// if there is one.
public struct AccessLog: ServerInterceptor {
  private let logger: Logger
  private let level: Logger.Level
  private let describe: @Sendable (CallContext) -> String

  /// - Parameters:
  ///   - level: of calls that ended well or by the caller's fault; those that ended by ours are
  ///     warnings.
  ///   - describe: names the caller; never its token.
  public init(
    _ logger: Logger, level: Logger.Level = .debug,
    principal describe: @escaping @Sendable (CallContext) -> String = {
      $0.caller?.callerName ?? "-"
    }
  ) {
    self.logger = logger
    self.level = level
    self.describe = describe
  }

  public var phases: CallPhases { .end }

  public func end(_ call: CallContext, _ outcome: CallOutcome) {
    let level = outcome.code.isServerFault ? max(level, .warning) : level
    // Nothing is put together for a line that nobody reads.
    guard level >= logger.logLevel else { return }
    var line: Logger.Metadata = [
      "method": "\(call.method.path)",
      "code": "\(outcome.code.name)",
      "us": "\(outcome.nanoseconds / 1_000)",
      "principal": "\(describe(call))",
      "peer": "\(call.peer)",
      "request": "\(call.requestID)",
    ]
    if let trace = call.trace {
      line["trace"] = "\(trace.traceID)"
      line["span"] = "\(trace.spanID)"
    }
    logger.log(level: level, "call", metadata: line)
  }
}

extension StatusCode {
  /// Whether an operator should look.
  fileprivate var isServerFault: Bool {
    switch self {
    case .unknown, .internal, .dataLoss: true
    default: false
    }
  }
}
