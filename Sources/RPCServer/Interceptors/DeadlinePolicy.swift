import EventLoop
import Messages

/// How long calls may take: what a call gets that brings no deadline, and the most that one may
/// bring. A call that takes longer ends with DEADLINE_EXCEEDED and its handler is cancelled.
public struct DeadlinePolicy: ServerInterceptor {
  /// Of a unary call that brings none, and the longest it may bring; nil: none.
  public var unary: Duration? = .seconds(30)
  public var longestUnary: Duration? = .seconds(600)
  /// The same for streaming calls, which as a rule last until somebody ends them.
  public var streaming: Duration?
  public var longestStreaming: Duration?

  public init() {}

  public func prepared(for loop: LoopScope) -> any ServerInterceptor {
    LoopDeadlines(
      limits: loop.methods.map { method in
        let isUnary = !method.requestStreaming && !method.responseStreaming
        let (standard, longest) =
          isUnary ? (unary, longestUnary) : (streaming, longestStreaming)
        return LoopDeadlines.Limit(
          standardNanoseconds: standard?.clampedNanoseconds ?? .max,
          longestNanoseconds: longest?.clampedNanoseconds ?? .max)
      })
  }
}

/// The policy in nanoseconds, by method.
private struct LoopDeadlines: ServerInterceptor {
  struct Limit {
    let standardNanoseconds: UInt64
    let longestNanoseconds: UInt64
  }

  let limits: [Limit]

  var phases: CallPhases { .begin }

  func begin(_ call: CallContext) -> Admission {
    let limit = limits[call.methodIndex]
    call.call.limitDeadline(
      standardNanoseconds: limit.standardNanoseconds, longestNanoseconds: limit.longestNanoseconds)
    return .proceed
  }
}
