/// Sees every call of a registered method before its request is decoded, and its end.
/// Authentication, the access log and metrics are interceptors; they are asked in the order they
/// were given to the server.
///
/// Two calls rather than one around the handler: a call that needs no waiting is let in without a
/// task, a closure or a suspension.
public protocol ServerInterceptor: Sendable {
  /// Whether the call may go on. On the call's loop; does not block.
  func begin(_ call: CallContext) -> Admission
  /// The call is over: its handler has ended, or it was rejected before. Once for every call.
  func end(_ call: CallContext, _ outcome: CallOutcome)
}

extension ServerInterceptor {
  public func begin(_ call: CallContext) -> Admission { .proceed }

  public func end(_ call: CallContext, _ outcome: CallOutcome) {}
}
