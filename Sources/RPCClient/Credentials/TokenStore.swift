public import Messages
public import Wire

/// Keeps a session's tokens for longer than a process lives.
public protocol TokenStore: Sendable {
  /// Replaces what is stored. `body` gets what is stored now, which another process may have
  /// refreshed meanwhile, and answers what to store; its result is returned. A store that several
  /// processes share holds a lock meanwhile: a refresh token is used once, and a second use ends
  /// the session.
  func update(
    _ body: @Sendable (Tokens?) async throws(RPCStatus) -> Tokens
  ) async throws(RPCStatus) -> Tokens
}
