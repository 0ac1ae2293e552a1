import Messages
import Wire

/// Finds out who calls and attaches it, as `CallContext.caller`.
public struct Authentication: ServerInterceptor {
  private let authenticator: any Authenticator

  public init(_ authenticator: any Authenticator) { self.authenticator = authenticator }

  public func begin(_ call: CallContext) -> Admission {
    switch authenticator.known(method: call.method, bearer: call.bearer) {
    case .value(let caller, _):
      call.attach(caller: caller)
      return .proceed
    case .none:
      return .proceed
    case .unknown:
      return .pending { [authenticator] call async throws(RPCStatus) in
        let caller = try await authenticator.authenticate(method: call.method, bearer: call.bearer)
        if let caller { call.attach(caller: caller) }
      }
    }
  }
}
