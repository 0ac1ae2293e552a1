import Gateway
package import Hummingbird

/// Who is signed in at this console.
package struct ConsoleSessions: SessionTokens {
  package func token(of request: Request) async throws -> String? { nil }
}
