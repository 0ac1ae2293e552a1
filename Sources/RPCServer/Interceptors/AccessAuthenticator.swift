package import Domain
package import Messages
package import Wire

/// The domain's access rules as what the authentication interceptor asks.
package struct AccessAuthenticator: Authenticator {
  private let access: Access

  package init(_ access: Access) { self.access = access }

  package func knownGrant(method: MethodDescriptor, bearer: String?) -> AccessGrant? {
    access.knownGrant(method: method.path, bearer: bearer)
  }

  package func authorize(
    method: String, bearer: String?
  ) async throws(RPCStatus) -> AccessGrant {
    do throws(DomainError) {
      return try await access.authorize(method: method, bearer: bearer)
    } catch {
      // The call that fails by it logs the words and tells its caller none of them.
      if case .internal(let detail) = error { throw RPCStatus(.internal, detail) }
      throw RPCStatus(mapping: error)
    }
  }
}
