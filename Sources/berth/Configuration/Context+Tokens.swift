import Foundation
import RPCClient

extension Context {
  /// The tokens of the login; nil: logged out.
  var tokens: Tokens? {
    get {
      guard let accessToken, let refreshToken else { return nil }
      return Tokens(
        accessToken: accessToken, refreshToken: refreshToken,
        accessExpiresAt: accessExpiresAt.map {
          Timestamp(microseconds: Int64($0.timeIntervalSince1970 * 1_000_000))
        })
    }
    set {
      accessToken = newValue?.accessToken
      refreshToken = newValue?.refreshToken
      accessExpiresAt = newValue?.accessExpiresAt.map {
        Date(timeIntervalSince1970: Double($0.microseconds) / 1_000_000)
      }
    }
  }
}

/// A context's tokens, shared with other `berth` processes: the lock is held while one of them
/// refreshes, so that a refresh token is used once.
struct ContextTokenStore: TokenStore {
  let contexts: ContextStore
  let name: String

  func update(
    _ body: @Sendable (Tokens?) async throws(RPCStatus) -> Tokens
  ) async throws(RPCStatus) -> Tokens {
    do {
      return try await contexts.updateAsync { file in
        let tokens = try await body(file.contexts[name]?.tokens)
        file.contexts[name]?.tokens = tokens
        return tokens
      }
    } catch let status as RPCStatus {
      throw status
    } catch {
      let words = (error as? Failure)?.message ?? "\(error)"
      throw RPCStatus(.failedPrecondition, "cannot keep the refreshed tokens: \(words)")
    }
  }
}
