/// Sees every call of a registered method before its request is decoded, and its end.
/// Authentication, authorization, deadlines, tracing, the access log and metrics are interceptors
/// (`StandardInterceptors`); they are asked in the order they were given to the server.
///
/// Two calls rather than one around the handler: a call that needs no waiting is let in without a
/// task, a closure or a suspension.
public protocol ServerInterceptor: Sendable {
  /// What of a call it wants to see: it is not asked for the rest.
  var phases: CallPhases { get }

  /// Called once for each loop of a server that starts: what is asked about the calls of that loop
  /// instead. All of it is called on that loop, so it may keep state there without a lock.
  func prepared(for loop: LoopScope) -> any ServerInterceptor

  /// Whether the call may go on. On the call's loop; does not block.
  func begin(_ call: CallContext) -> Admission

  /// The call is over: its handler has ended, or it was rejected before. Once for every call.
  func end(_ call: CallContext, _ outcome: CallOutcome)
}

extension ServerInterceptor {
  public var phases: CallPhases { .all }

  public func prepared(for loop: LoopScope) -> any ServerInterceptor { self }

  public func begin(_ call: CallContext) -> Admission { .proceed }

  public func end(_ call: CallContext, _ outcome: CallOutcome) {}
}
