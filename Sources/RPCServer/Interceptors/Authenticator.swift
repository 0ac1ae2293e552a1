public import Messages
public import Wire

/// Tells who calls.
public protocol Authenticator: Sendable {
  /// Who calls, if it can be told without waiting. Called on a loop for calls whose connection does
  /// not remember the answer, so it only looks into memory.
  func known(method: MethodDescriptor, bearer: String?) -> Known<any CallerIdentity>

  /// Who calls; nil: nobody in particular, of a method that asks for no credentials. Throws
  /// UNAUTHENTICATED, or UNAVAILABLE while it cannot be told.
  func authenticate(
    method: MethodDescriptor, bearer: String?
  ) async throws(RPCStatus) -> (any CallerIdentity)?

  /// Grows when an answer that was given to be kept may hold no longer. Read for every call, on any
  /// loop.
  var revision: UInt64 { get }
}

extension Authenticator {
  public func known(method: MethodDescriptor, bearer: String?) -> Known<any CallerIdentity> {
    .unknown
  }

  public var revision: UInt64 { 0 }
}
