import Domain
import Messages
import Wire

/// Lets in the calls that an authenticator grants, and attaches the grant for the handler.
package struct Authentication: ServerInterceptor {
  private let authenticator: any Authenticator

  package init(_ authenticator: any Authenticator) { self.authenticator = authenticator }

  package func begin(_ call: CallContext) -> Admission {
    if let grant = authenticator.knownGrant(method: call.method, bearer: call.bearer) {
      call.attach(grant)
      return .proceed
    }
    return .pending { call async throws(RPCStatus) in
      call.attach(
        try await authenticator.authorize(method: call.method.path, bearer: call.bearer))
    }
  }
}
