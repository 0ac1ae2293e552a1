public import Wire

/// Sees every attempt of every call of a channel, of all four kinds: before it begins and when it
/// is over. Authentication, logging, metrics and tracing are interceptors; `LoggingInterceptor` and
/// `MetadataInterceptor` are two to begin with.
///
/// They begin in the order of `ChannelOptions.interceptors` and end in the opposite one. After the
/// last has begun, the call's credentials (the channel's provider, if the interceptors left it at
/// that) are asked for, and the attempt begins.
public protocol ClientInterceptor: Sendable {
  /// An attempt is about to begin. May change what `ClientCallContext` lets change; throwing fails
  /// the whole call with that status, without another attempt. Runs in the caller's task.
  func begin(_ call: inout ClientCallContext) async throws(RPCStatus)

  /// The attempt is over. Once for each `begin` that did not throw. Must not block.
  func end(_ call: ClientCallContext, _ outcome: ClientCallOutcome)
}

extension ClientInterceptor {
  public func begin(_ call: inout ClientCallContext) async throws(RPCStatus) {}

  public func end(_ call: ClientCallContext, _ outcome: ClientCallOutcome) {}
}
