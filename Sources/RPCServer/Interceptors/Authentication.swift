import EventLoop
import Messages
import Wire

/// Finds out who calls and attaches it, as `CallContext.caller`. A connection remembers the answer
/// for its token as long as the authenticator says. One in a chain.
public struct Authentication: ServerInterceptor {
  private let authenticator: any Authenticator

  public init(_ authenticator: any Authenticator) { self.authenticator = authenticator }

  public var phases: CallPhases { .begin }

  public func begin(_ context: CallContext) -> Admission {
    let call = context.call
    let revision = authenticator.revision
    if call.takeVerdict(revision: revision) { return .proceed }
    switch authenticator.known(method: call.method, bearer: call.bearer) {
    case .value(let caller, let keep):
      guard call.usesConnectionBearer, let end = call.end(after: keep) else {
        call.caller = caller
        return .proceed
      }
      let verdict = Verdict(
        method: call.methodIndex, caller: caller, callerRevision: revision,
        callerEndNanoseconds: end)
      call.connection.remember(verdict)
      call.take(verdict)
      return .proceed
    case .none:
      return .proceed
    case .unknown:
      return .pending { [authenticator] context async throws(RPCStatus) in
        let caller = try await authenticator.authenticate(
          method: context.method, bearer: context.bearer)
        if let caller { context.attach(caller: caller) }
      }
    }
  }
}
