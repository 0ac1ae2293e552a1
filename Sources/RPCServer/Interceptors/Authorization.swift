import EventLoop
import Messages
import Wire

/// Lets in the calls that an authorizer allows to their caller. Goes behind `Authentication`; what
/// a connection remembers of its caller it remembers of the caller's permits too. One in a chain.
public struct Authorization: ServerInterceptor {
  private let authorizer: any Authorizer

  public init(_ authorizer: any Authorizer) { self.authorizer = authorizer }

  public var phases: CallPhases { .begin }

  public func begin(_ context: CallContext) -> Admission {
    let call = context.call
    let revision = authorizer.revision
    if let verdict = call.verdict,
      verdict.holdsPermit(revision: revision, now: call.startNanoseconds)
    {
      call.takePermit(of: verdict)
      return .proceed
    }
    switch authorizer.known(method: call.method, caller: call.caller) {
    case .value(let permit, let keep):
      guard let verdict = call.verdict, let end = call.end(after: keep) else {
        call.permit = permit
        return .proceed
      }
      let extended = verdict.with(permit: permit, revision: revision, endNanoseconds: end)
      call.takePermit(of: extended)
      // Unless another token came meanwhile: then it is the call's alone.
      if call.usesConnectionBearer { call.connection.remember(extended) }
      return .proceed
    case .none:
      return .proceed
    case .unknown:
      return .pending { [authorizer] context async throws(RPCStatus) in
        let permit = try await authorizer.authorize(method: context.method, caller: context.caller)
        if let permit { context.attach(permit: permit) }
      }
    }
  }
}
