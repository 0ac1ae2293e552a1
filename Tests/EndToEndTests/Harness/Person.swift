import Messages
import RPCClient
import Testing

/// A user who signed up and logged in.
struct Person: Sendable {
  let username: String
  let password: String
  let id: String
  let tokens: Tokens
  /// With the access token of the login, which is not refreshed.
  let caller: Caller

  static func signUp(_ username: String, on stack: Stack) async throws -> Person {
    let password = "correct horse \(username)"
    let visitor = try await stack.connect()
    let created = try await visitor.users.createUser(
      CreateUserRequest(username: username, password: password))
    let login = try await visitor.users.login(
      LoginRequest(username: username, password: password))
    await visitor.close()
    let tokens = try #require(login.tokens)
    return Person(
      username: username, password: password, id: try #require(created.user?.id), tokens: tokens,
      caller: try await stack.connect(token: tokens.accessToken))
  }
}
