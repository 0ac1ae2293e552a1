package import Domain
package import Messages
package import RPCServer
package import Wire

/// The domain's rules as what the authorization interceptor asks.
package struct AccessAuthorizer: Authorizer {
  private let access: Access

  package init(_ access: Access) { self.access = access }

  package var revision: UInt64 { access.revision }

  package func known(method: MethodDescriptor, caller: (any CallerIdentity)?) -> Known<any Permit> {
    guard let (rule, lifetime) = access.knownRule(of: method.path),
      let grant = try? AccessGrant(
        method: method.path, rule: rule, principal: Self.principal(caller))
    else { return .unknown }
    return .value(GrantPermit(grant), keep: lifetime)
  }

  package func authorize(
    method: MethodDescriptor, caller: (any CallerIdentity)?
  ) async throws(RPCStatus) -> (any Permit)? {
    do throws(DomainError) {
      return GrantPermit(
        try await access.grant(method: method.path, principal: Self.principal(caller)))
    } catch {
      throw RPCStatus(accessError: error)
    }
  }

  private static func principal(_ caller: (any CallerIdentity)?) -> Principal? {
    (caller as? PrincipalCaller)?.principal
  }
}

extension RPCStatus {
  /// What an interceptor throws: the call that fails by it logs the words of an internal error and
  /// tells its caller none of them.
  init(accessError error: DomainError) {
    if case .internal(let detail) = error {
      self.init(.internal, detail)
    } else {
      self.init(mapping: error)
    }
  }
}
