internal import Domain
internal import RPCServer

/// A principal of the domain as the caller of a call.
final class PrincipalCaller: CallerIdentity {
  let principal: Principal

  init(_ principal: Principal) { self.principal = principal }

  var callerName: String { principal.callerName }
}
