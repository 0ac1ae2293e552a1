import Console
import HTTPTypes
import Hummingbird
import RPCClient
import Synchronization
import Testing

/// Sessions as requests see them.
struct ConsoleSessionsTests {
  /// Time that a test moves, and the sessions that ended.
  private final class Watch: Sendable {
    let now = Mutex(ContinuousClock.now)
    let ended = Mutex<[UInt64]>([])
  }

  /// Answers one token, or that it is over.
  private struct Credentials: CredentialsProvider {
    let isOver: Bool

    func token(for channel: Channel) async throws(RPCStatus) -> String? {
      if isOver { throw RPCStatus(.unauthenticated, "used twice") }
      return "bearer"
    }
  }

  private let watch = Watch()
  private let sessions: ConsoleSessions

  init() throws {
    let watch = watch
    sessions = ConsoleSessions(
      channel: try Channel(to: "127.0.0.1:1"), now: { watch.now.withLock { $0 } },
      onEnd: { number in watch.ended.withLock { $0.append(number) } })
  }

  private func request(_ secret: String, token: String? = nil) throws -> Request {
    var headers: HTTPFields = [.cookie: "\(SessionCookie.name)=\(secret)"]
    headers[try #require(HTTPField.Name("Sec-Fetch-Site"))] = "same-origin"
    if let token { headers[try #require(HTTPField.Name(RequestOrigin.tokenHeader))] = token }
    return Request(
      head: HTTPRequest(
        method: .post, scheme: "https", authority: "a", path: "/", headerFields: headers),
      body: RequestBody(buffer: ByteBuffer()))
  }

  @Test func `the bearer token is behind the cookie and the request's token`() async throws {
    let begun = try #require(
      sessions.begin(account: "a", credentials: Credentials(isOver: false)))
    let good = try request(begun.secret, token: begun.session.requestToken)
    #expect(try await sessions.token(of: good) == "bearer")
    let forged = try request(begun.secret)
    await #expect(throws: HTTPError.self) { try await sessions.token(of: forged) }
    #expect(try await sessions.token(of: try request("other")) == nil)
    sessions.end(of: good)
    #expect(try await sessions.token(of: good) == nil)
    #expect(watch.ended.withLock { $0 } == [begun.session.number])
  }

  @Test func `secrets are long and never the same`() throws {
    let begun = try (0..<10).map { index in
      try #require(
        sessions.begin(account: "a\(index)", credentials: Credentials(isOver: false)))
    }
    let texts = begun.map(\.secret) + begun.map(\.session.requestToken)
    #expect(Set(texts).count == 20)
    #expect(texts.allSatisfy { $0.utf8.count == 64 })
    #expect(Set(begun.map(\.session.number)).count == 10)
  }

  @Test func `a session that berthd takes no more is over`() async throws {
    let begun = try #require(
      sessions.begin(account: "a", credentials: Credentials(isOver: true)))
    let request = try request(begun.secret, token: begun.session.requestToken)
    #expect(try await sessions.token(of: request) == nil)
    #expect(sessions.count == 0)
    #expect(watch.ended.withLock { $0 } == [begun.session.number])
  }

  @Test func `sweeping ends what was silent, and tells`() throws {
    let begun = try #require(
      sessions.begin(account: "a", credentials: Credentials(isOver: false)))
    watch.now.withLock { $0 += ConsoleLimits.sessionIdle }
    sessions.sweep()
    #expect(watch.ended.withLock { $0 } == [begun.session.number])
    #expect(sessions.count == 0)
  }
}
