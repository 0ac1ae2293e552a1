import Messages
import RPCClient
import RPCServer
import Synchronization
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct TokenSessionTests {
  /// Issues `access-N` and `refresh-N`; a refresh token is good once. Microseconds of the tests'
  /// clock.
  private final class Issuer: Sendable {
    let now = Box<Int64>(1_000_000_000)
    let refreshes = Counter()
    let status = Box<RPCStatus?>(nil)
    let gate = Gate()

    func tokens(_ number: Int, lifeSeconds: Int64 = 600) -> Tokens {
      Tokens(
        accessToken: "access-\(number)", refreshToken: "refresh-\(number)",
        accessExpiresAt: Timestamp(microseconds: now.value + lifeSeconds * 1_000_000))
    }

    func add(to router: inout Router) {
      router.unary(UserServiceMethods.refreshToken) {
        [self]
        (request: RefreshTokenRequest, context: CallContext) async throws(RPCStatus)
          -> RefreshTokenResponse in
        await gate.wait()
        if let status = status.value { throw status }
        let number = refreshes.increment()
        guard request.refreshToken == "refresh-\(number - 1)", context.bearer == nil else {
          throw RPCStatus(.unauthenticated, "log in again")
        }
        return RefreshTokenResponse(tokens: tokens(number))
      }
      router.add(TestMethods.echo) { _, context async throws(RPCStatus) in
        context.bearer ?? "nobody"
      }
      router.add(TestMethods.change) { [refreshes] _, context async throws(RPCStatus) in
        let current = "access-\(refreshes.value)"
        guard context.bearer == current, current != "access-0" else {
          throw RPCStatus(.unauthenticated, "expired")
        }
        return current
      }
    }

    func session(_ tokens: Tokens, store: any TokenStore) -> TokenSession {
      TokenSession(tokens: tokens, store: store) { [now] in now.value }
    }
  }

  /// What is stored, and a lock that one holder has at a time.
  private final class MemoryStore: TokenStore {
    let stored = Box<Tokens?>(nil)

    func update(
      _ body: @Sendable (Tokens?) async throws(RPCStatus) -> Tokens
    ) async throws(RPCStatus) -> Tokens {
      let tokens = try await body(stored.value)
      stored.value = tokens
      return tokens
    }
  }

  @Test func `a token about to end is refreshed once for all calls that need it, and stored`()
    async throws
  {
    let (issuer, store) = (Issuer(), MemoryStore())
    try await RPCFixture.with { setup in
      issuer.add(to: &setup.router)
      setup.options = ChannelOptions(credentials: issuer.session(issuer.tokens(0), store: store))
    } _: { fixture async throws in
      #expect(try await fixture.echo("") == "access-0")
      issuer.now.value += 590_000_000
      await withTaskGroup { group in
        for _ in 0..<20 {
          group.addTask { #expect((try? await fixture.echo("")) == "access-1") }
        }
        group.addTask { issuer.gate.open() }
      }
      #expect(issuer.refreshes.value == 1)
      #expect(store.stored.value?.accessToken == "access-1")
    }
  }

  @Test func `a token that a server refuses is refreshed once`() async throws {
    let issuer = Issuer()
    issuer.gate.open()
    try await RPCFixture.with { setup in
      issuer.add(to: &setup.router)
      setup.options = ChannelOptions(
        credentials: issuer.session(issuer.tokens(0), store: MemoryStore()))
    } _: { fixture async throws in
      #expect(try await fixture.change() == "access-1")
      #expect(issuer.refreshes.value == 1)
    }
  }

  @Test func `a token that still holds is used while the refresh fails`() async throws {
    let issuer = Issuer()
    issuer.gate.open()
    issuer.status.value = RPCStatus(.unavailable, "away")
    try await RPCFixture.with { setup in
      issuer.add(to: &setup.router)
      setup.options = ChannelOptions(
        credentials: issuer.session(issuer.tokens(0), store: MemoryStore()))
    } _: { fixture async throws in
      issuer.now.value += 590_000_000
      #expect(try await fixture.echo("") == "access-0")
      issuer.now.value += 20_000_000
      let status = await #expect(throws: RPCStatus.self) { try await fixture.echo("") }
      #expect(status == RPCStatus(.unavailable, "away"))
      issuer.status.value = RPCStatus(.unauthenticated, "log in again")
      let ended = await #expect(throws: RPCStatus.self) { try await fixture.echo("") }
      #expect(ended?.code == .unauthenticated)
    }
  }

  @Test func `tokens that another process refreshed are taken over, not refreshed again`()
    async throws
  {
    let (issuer, store) = (Issuer(), MemoryStore())
    issuer.gate.open()
    try await RPCFixture.with { setup in
      issuer.add(to: &setup.router)
      setup.options = ChannelOptions(credentials: issuer.session(issuer.tokens(0), store: store))
    } _: { fixture async throws in
      issuer.now.value += 590_000_000
      store.stored.value = issuer.tokens(7)
      #expect(try await fixture.echo("") == "access-7")
      #expect(issuer.refreshes.value == 0)
    }
  }
}
