public import Wire

/// Where the bearer token of a channel's calls comes from.
public protocol CredentialsProvider: Sendable {
  /// The token for a call that begins now; nil: none. Asked before every call, so the usual answer
  /// comes from memory. May itself make calls on `channel`, with `CallOptions.credentials` not
  /// `.channel`.
  func token(for channel: Channel) async throws(RPCStatus) -> String?

  /// A server answered UNAUTHENTICATED to `token`. True if there is another one now: the call is
  /// made once more.
  func rejected(_ token: String, by channel: Channel) async throws(RPCStatus) -> Bool
}

extension CredentialsProvider {
  public func rejected(_ token: String, by channel: Channel) async throws(RPCStatus) -> Bool {
    false
  }
}
