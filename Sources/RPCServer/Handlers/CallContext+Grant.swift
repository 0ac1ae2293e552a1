internal import Domain
internal import Messages
internal import Wire

extension CallContext {
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
}

extension CallContext {
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

extension RequestedPage {
  init(_ page: Messages.PageRequest?) {
    self.init(size: Int(page?.size ?? 0), token: page?.token ?? "")
  }
}
