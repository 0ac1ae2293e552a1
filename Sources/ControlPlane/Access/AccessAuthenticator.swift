package import Domain
package import Messages
package import RPCServer
package import Wire

/// The domain's callers as what the authentication interceptor asks for.
package struct AccessAuthenticator: Authenticator {
  private let access: Access

  package init(_ access: Access) { self.access = access }

  package var revision: UInt64 { access.revision }

  package func known(method: MethodDescriptor, bearer: String?) -> Known<any CallerIdentity> {
    // Credentials that do not hold do not stop a call that needs none, such as logging in anew.
    guard let bearer else { return .none }
    guard let (rule, _) = access.knownRule(of: method.path) else { return .unknown }
    if rule == .anyone { return .none }
    guard let (principal, lifetime) = access.knownPrincipal(bearer: bearer) else {
      return .unknown
    }
    return .value(PrincipalCaller(principal), keep: lifetime)
  }

  package func authenticate(
    method: MethodDescriptor, bearer: String?
  ) async throws(RPCStatus) -> (any CallerIdentity)? {
    do throws(DomainError) {
      if try await access.rule(of: method.path) == .anyone { return nil }
      return try await access.authenticate(bearer: bearer).map(PrincipalCaller.init)
    } catch {
      throw RPCStatus(accessError: error)
    }
  }
}
