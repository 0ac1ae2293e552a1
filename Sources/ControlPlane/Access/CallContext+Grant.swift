package import Domain
internal import Messages
package import RPCServer
package import Wire

extension CallContext {
  /// Who calls and with which roles, by the domain's rules; nil where no authorization took place.
  package var grant: AccessGrant? { (permit as? GrantPermit)?.grant }

  /// Runs an operation of the domain; its error becomes a status, internal detail goes to the log.
  package func mapping<R>(
    _ operation: () async throws(DomainError) -> R
  ) async throws(RPCStatus) -> R {
    do throws(DomainError) {
      return try await operation()
    } catch {
      throw status(of: error)
    }
  }

  /// The status that the caller is told for an error of the domain. Internal detail is logged
  /// under the request's id, and the caller gets the id alone.
  package func status(of error: DomainError) -> RPCStatus {
    if case .internal(let detail) = error { return fault(detail) }
    return RPCStatus(mapping: error)
  }

  /// Runs an operation of the domain under the caller's grant, which the authorization interceptor
  /// attached; without one nothing runs.
  func granted<R>(
    _ operation: (AccessGrant) async throws(DomainError) -> R
  ) async throws(RPCStatus) -> R {
    try await mapping { () async throws(DomainError) -> R in
      guard let grant else { throw .internal("\(method.path) was reached without a grant") }
      return try await operation(grant)
    }
  }

  /// What the caller of a long stream may do now: asked again, as a rule from the cache. Nil while
  /// nobody can tell; then nobody can take anything away either, and the stream may go on. Throws
  /// the status that ends the stream: the token has expired or was revoked.
  func renewedGrant(_ access: Access) async throws(RPCStatus) -> AccessGrant? {
    do throws(DomainError) {
      return try await access.authorize(method: method.path, bearer: bearer)
    } catch {
      if case .unavailable = error { return nil }
      throw status(of: error)
    }
  }
}
