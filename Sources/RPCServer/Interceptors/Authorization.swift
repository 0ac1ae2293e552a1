import Messages
import Wire

/// Lets in the calls that an authorizer allows to their caller. Goes behind `Authentication`.
public struct Authorization: ServerInterceptor {
  private let authorizer: any Authorizer

  public init(_ authorizer: any Authorizer) { self.authorizer = authorizer }

  public func begin(_ call: CallContext) -> Admission {
    switch authorizer.known(method: call.method, caller: call.caller) {
    case .value(let permit, _):
      call.attach(permit: permit)
      return .proceed
    case .none:
      return .proceed
    case .unknown:
      return .pending { [authorizer] call async throws(RPCStatus) in
        let permit = try await authorizer.authorize(method: call.method, caller: call.caller)
        if let permit { call.attach(permit: permit) }
      }
    }
  }
}
