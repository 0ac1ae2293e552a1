public import Wire

/// How a call ended.
public struct CallOutcome: Sendable {
  /// What the caller was told, or would have been.
  public let code: StatusCode
  let nanoseconds: UInt64

  /// From the arrival of its OPEN to the end of its handler.
  public var duration: Duration { .nanoseconds(Int64(clamping: nanoseconds)) }
}
