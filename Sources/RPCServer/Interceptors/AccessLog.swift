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

  /// What the logger writes is asked here, once: to ask it for each call costs more than all the
  /// rest of a call that is not logged.
  public func prepared(for loop: LoopScope) -> any ServerInterceptor {
    LoopAccessLog(
      log: self, writesAll: level >= logger.logLevel,
      writesFaults: max(level, .warning) >= logger.logLevel)
  }

  public func end(_ call: CallContext, _ outcome: CallOutcome) {
    let level = outcome.code.isServerFault ? max(level, .warning) : level
    var line: Logger.Metadata = [
      "method": "\(call.method.path)",
      "code": "\(outcome.code.name)",
      "us": "\(outcome.nanoseconds / 1_000)",
      "principal": "\(describe(call))",
      "peer": "\(call.peer)",
      "request_id": "\(call.requestID)",
    ]
    if let trace = call.trace {
      line["trace_id"] = "\(trace.traceID)"
      line["span_id"] = "\(trace.spanID)"
    }
    logger.log(level: level, "call", metadata: line)
  }
}

/// Leaves out what nobody reads before it is put together. A class: it is copied for no call.
private final class LoopAccessLog: ServerInterceptor {
  private let log: AccessLog
  private let writesAll: Bool
  private let writesFaults: Bool

  init(log: AccessLog, writesAll: Bool, writesFaults: Bool) {
    self.log = log
    self.writesAll = writesAll
    self.writesFaults = writesFaults
  }

  var phases: CallPhases { .end }

  func end(_ call: CallContext, _ outcome: CallOutcome) {
    guard writesAll || (writesFaults && outcome.code.isServerFault) else { return }
    log.end(call, outcome)
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
