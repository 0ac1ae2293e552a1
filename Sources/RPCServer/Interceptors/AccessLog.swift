public import Logging
import Messages
import Wire

/// One line a call: method, code, microseconds, who, from where, request id.
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

  public func end(_ call: CallContext, _ outcome: CallOutcome) {
    let level = outcome.code.isServerFault ? max(level, .warning) : level
    // Nothing is put together for a line that nobody reads.
    guard level >= logger.logLevel else { return }
    logger.log(
      level: level, "call",
      metadata: [
        "method": "\(call.method.path)",
        "code": "\(outcome.code.name)",
        "us": "\(outcome.duration.clampedMicroseconds)",
        "principal": "\(describe(call))",
        "peer": "\(call.peer)",
        "request": "\(call.requestID)",
      ])
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

extension Duration {
  fileprivate var clampedMicroseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    return overflow ? .max : whole &+ attoseconds / 1_000_000_000_000
  }
}
