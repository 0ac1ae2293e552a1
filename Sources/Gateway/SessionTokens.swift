package import Hummingbird

/// Where the bearer token of a request without an `Authorization` header comes from: the console's
/// sessions, by their cookie.
package protocol SessionTokens: Sendable {
  /// Nil: the request has no session, or one that is over. Throws an `HTTPError` for a request that
  /// may come from another site's page.
  func token(of request: Request) async throws -> String?
}
