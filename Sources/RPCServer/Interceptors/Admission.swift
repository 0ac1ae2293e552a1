public import Wire

/// What an interceptor says about a call.
public enum Admission: Sendable {
  public typealias Work = @Sendable (CallContext) async throws(RPCStatus) -> Void

  /// The next interceptor is asked; after the last one the handler runs.
  case proceed
  /// The caller gets this status and no handler runs.
  case reject(RPCStatus)
  /// It cannot be said at once: `proceed` when the work returns, `reject` with what it throws. It
  /// runs on the call's loop, within the call's deadline; the request is decoded after it.
  case pending(Work)
}
