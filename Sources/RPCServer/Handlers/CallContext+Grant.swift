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

extension RequestedPage {
  init(_ page: Messages.PageRequest?) {
    self.init(size: Int(page?.size ?? 0), token: page?.token ?? "")
  }
}
