public import Messages
public import Wire

/// Tells whether a caller may call a method.
public protocol Authorizer: Sendable {
  /// The leave, if it can be told without waiting, also where it is refused: that is `.unknown`,
  /// and `authorize` throws. Called on a loop for calls whose connection does not remember the
  /// answer, so it only looks into memory.
  func known(method: MethodDescriptor, caller: (any CallerIdentity)?) -> Known<any Permit>

  /// The leave, with what the handler needs to know of it; nil: nothing. Throws UNAUTHENTICATED or
  /// PERMISSION_DENIED, or UNAVAILABLE while it cannot be told.
  func authorize(
    method: MethodDescriptor, caller: (any CallerIdentity)?
  ) async throws(RPCStatus) -> (any Permit)?

  /// Grows when an answer that was given to be kept may hold no longer. Read for every call, on any
  /// loop.
  var revision: UInt64 { get }
}

extension Authorizer {
  public func known(method: MethodDescriptor, caller: (any CallerIdentity)?) -> Known<any Permit> {
    .unknown
  }

  public var revision: UInt64 { 0 }
}
