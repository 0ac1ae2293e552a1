package import Domain
package import Messages
package import Wire

/// Tells who calls and whether the method is allowed to them.
package protocol Authenticator: Sendable {
  /// The grant, if it can be told without waiting; nil: `authorize` is asked. Called on a loop for
  /// every call, so it only looks into memory.
  func knownGrant(method: MethodDescriptor, bearer: String?) -> AccessGrant?

  /// The grant. Throws UNAUTHENTICATED, PERMISSION_DENIED, or UNAVAILABLE while it cannot be told.
  func authorize(method: String, bearer: String?) async throws(RPCStatus) -> AccessGrant
}

extension Authenticator {
  package func knownGrant(method: MethodDescriptor, bearer: String?) -> AccessGrant? { nil }
}
