import Domain
import Testing

@Suite struct RefreshTests {
  let platform = Platform()

  func tokens(_ username: String = "ada") async throws -> TokenPair {
    if try await platform.database.credentials(username: username) == nil {
      _ = try await platform.users.create(
        username: username, displayName: "", password: Platform.password)
    }
    return try await platform.users.login(username: username, password: Platform.password).tokens
  }

  @Test func `a refresh token gives a new pair, once`() async throws {
    let first = try await tokens()
    platform.clock.advance(by: .seconds(3_600))
    let second = try await platform.users.refresh(first.refreshToken)
    #expect(second.refreshToken != first.refreshToken)
    #expect(second.accessExpiresAt == platform.clock.now() + .seconds(30 * 60))
    let principal = try await platform.access.authenticate(bearer: second.accessToken)
    #expect(principal?.name == "ada")
    _ = try await platform.users.refresh(second.refreshToken)
  }

  @Test func `a reused token ends every session of its login, and no other's`() async throws {
    let first = try await tokens()
    let elsewhere = try await tokens()
    let second = try await platform.users.refresh(first.refreshToken)
    let reuse = await failure { try await platform.users.refresh(first.refreshToken) }
    #expect(reuse?.isUnauthenticated == true)
    #expect(reuse?.text.contains("used before") == true)
    let successor = await failure { try await platform.users.refresh(second.refreshToken) }
    #expect(successor?.isUnauthenticated == true)
    _ = try await platform.users.refresh(elsewhere.refreshToken)
  }

  @Test func `a refresh token ends on time`() async throws {
    let pair = try await tokens()
    platform.clock.advance(by: TokenLifetimes().refresh)
    let error = await failure { try await platform.users.refresh(pair.refreshToken) }
    #expect(error?.isUnauthenticated == true)
  }

  @Test(arguments: [
    "nonsense", "berth_refresh_", "berth_refresh_" + String(repeating: "0", count: 52),
  ])
  func `what is no refresh token is refused`(token: String) async {
    let error = await failure { try await platform.users.refresh(token) }
    #expect(error?.isUnauthenticated == true)
  }

  @Test func `a missing one is a missing field`() async {
    #expect(await refusedFields { try await platform.users.refresh("") } == ["refresh_token"])
  }

  @Test func `only digests of refresh tokens are kept`() async throws {
    let pair = try await tokens()
    let kept = platform.database.with { Array($0.refreshTokens.keys) }
    #expect(kept == [FoldingDigest().digest(pair.refreshToken)])
  }
}
