import Messages
import Wire

/// Tokens that one process alone uses, told to a function when they change.
struct CallbackTokenStore: TokenStore {
  let persist: @Sendable (Tokens) async -> Void

  func update(
    _ body: @Sendable (Tokens?) async throws(RPCStatus) -> Tokens
  ) async throws(RPCStatus) -> Tokens {
    let tokens = try await body(nil)
    await persist(tokens)
    return tokens
  }
}
