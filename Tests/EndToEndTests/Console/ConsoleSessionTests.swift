import AsyncHTTPClient
import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// Signing in at the console and what its sessions may do.
  @Suite(.serialized, .timeLimit(.minutes(3))) struct ConsoleSessionTests {
    /// A browser's: its cookie and the token that its page has.
    private struct SignedIn {
      let cookie: String
      let requestToken: String

      var headers: [String: String] {
        [
          "Cookie": cookie, "X-Berth-Request-Token": requestToken,
          "Sec-Fetch-Site": "same-origin",
        ]
      }
    }

    private static let own = ["Sec-Fetch-Site": "same-origin"]
    private static let whoAmI = "/berth.v1.UserService/WhoAmI"

    private let shared: SharedStack

    init() throws { shared = try SharedStack.current() }

    private func signIn(_ console: ConsoleProcess) async throws -> SignedIn {
      let body = #"{"username":"\#(shared.alice.username)","password":"\#(shared.alice.password)"}"#
      let answer = try await console.request(
        "POST", "/console/session", body: body, headers: Self.own)
      #expect(answer.status == 200, "\(answer)")
      let cookie = try #require(answer.headers["set-cookie"])
      #expect(cookie.hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Strict"))
      return SignedIn(
        cookie: String(cookie.prefix { $0 != ";" }),
        requestToken: try #require(answer.text("requestToken")))
    }

    @Test func `a session calls as whoever signed in, until it is signed out`() async throws {
      let console = try await ConsoleProcess.start(on: shared.stack)
      let session = try await signIn(console)
      let caller = try await console.request(
        "POST", Self.whoAmI, body: "{}", headers: session.headers)
      #expect(caller.text("id") == shared.alice.id, "\(caller)")
      let current = try await console.request(
        "GET", "/console/session", headers: ["Cookie": session.cookie])
      #expect(current.text("caller", "id") == shared.alice.id)
      #expect(current.text("requestToken") == session.requestToken)
      let ended = try await console.request(
        "DELETE", "/console/session", headers: session.headers)
      #expect(ended.status == 204)
      #expect(ended.headers["set-cookie"]?.contains("Max-Age=0") == true)
      let after = try await console.request(
        "POST", Self.whoAmI, body: "{}", headers: session.headers)
      #expect(after.status == 401)
      let gone = try await console.request(
        "GET", "/console/session", headers: ["Cookie": session.cookie])
      #expect(gone.status == 401)
    }

    @Test func `another site's page can do nothing with the cookie`() async throws {
      let console = try await ConsoleProcess.start(on: shared.stack)
      let session = try await signIn(console)
      let forgeries: [[String: String]] = [
        ["Sec-Fetch-Site": "cross-site", "X-Berth-Request-Token": session.requestToken],
        ["Sec-Fetch-Site": "same-origin"], ["Origin": "https://evil.example"], [:],
      ]
      for headers in forgeries {
        let answer = try await console.request(
          "POST", Self.whoAmI, body: "{}",
          headers: headers.merging(["Cookie": session.cookie]) { $1 })
        #expect(answer.status == 403, "\(headers): \(answer)")
      }
      let signIn = try await console.request(
        "POST", "/console/session", body: #"{"username":"a","password":"b"}"#,
        headers: ["Sec-Fetch-Site": "cross-site"])
      #expect(signIn.status == 403)
      #expect(signIn.headers["set-cookie"] == nil)
      let events = try await console.request(
        "GET", "/console/events?organization=\(shared.tenant.id)",
        headers: ["Cookie": session.cookie, "Sec-Fetch-Site": "cross-site"])
      #expect(events.status == 403)
    }

    @Test func `a refusal names the field or says no more than it must`() async throws {
      let console = try await ConsoleProcess.start(on: shared.stack)
      let wrong = try await console.request(
        "POST", "/console/session", body: #"{"username":"alice","password":"no such password"}"#,
        headers: Self.own)
      #expect(wrong.status == 401, "\(wrong)")
      #expect(wrong.text("code") == "UNAUTHENTICATED")
      #expect(wrong.headers["set-cookie"] == nil)
      let short = try await console.request(
        "POST", "/console/account", body: #"{"username":"newcomer","password":"short"}"#,
        headers: Self.own)
      #expect(short.status == 400)
      #expect(short.text("details", 0, "fieldViolations", 0, "field") == "password", "\(short)")
      let noToken = try await console.request(
        "POST", "/console/token-session", body: #"{"password":"a b"}"#, headers: Self.own)
      #expect(noToken.text("details", 0, "fieldViolations", 0, "field") == "token")
      let nonsense = try await console.request(
        "POST", "/console/session", body: "{", headers: Self.own)
      #expect(nonsense.status == 400)
      let large = try await console.request(
        "POST", "/console/session", body: String(repeating: "x", count: 1 << 16),
        headers: Self.own)
      #expect(large.status == 413)
    }

    @Test func `live events show the caller's organization and nobody else's`() async throws {
      let console = try await ConsoleProcess.start(on: shared.stack)
      let session = try await signIn(console)
      let tenant = try await shared.alice.caller.createOrganization()
      let cluster = try await shared.alice.caller.createCluster(in: tenant.id)
      let path = "/console/events?organization="
      let response = try await console.open(
        "GET", path + tenant.id, headers: ["Cookie": session.cookie])
      #expect(ConsoleProcess.headers(of: response)["content-type"] == "text/event-stream")
      var lines = ConsoleProcess.lines(of: response).makeAsyncIterator()
      try await Self.skip(&lines, to: cluster.id)
      let made = try await shared.alice.caller.deploy(in: tenant.id)
      try await Self.skip(&lines, to: made.id)

      let foreign = try await console.open(
        "GET", path + shared.otherTenant.id, headers: ["Cookie": session.cookie])
      var refused = ConsoleProcess.lines(of: foreign).makeAsyncIterator()
      try await Self.skip(&refused, to: "noAccess")
      let stranger = try await console.request("GET", path + tenant.id)
      #expect(stranger.status == 401)

      // Signing out ends the stream that is open.
      _ = try await console.request("DELETE", "/console/session", headers: session.headers)
      try await Self.skip(&lines, to: "signedOut")
      while try await lines.next(isolation: #isolation) != nil {}
    }

    @Test func `the console ends at once although pages are open`() async throws {
      let console = try await ConsoleProcess.start(on: shared.stack)
      let session = try await signIn(console)
      let response = try await console.open(
        "GET", "/console/events?organization=\(shared.tenant.id)",
        headers: ["Cookie": session.cookie])
      var lines = ConsoleProcess.lines(of: response).makeAsyncIterator()
      try await Self.skip(&lines, to: "event: all")
      let begin = ContinuousClock.now
      #expect(try await console.terminate() == .exited(0))
      #expect(ContinuousClock.now - begin < .seconds(5) + Slack.machine)
    }

    /// Reads on to a line that has these words.
    private static func skip(
      _ lines: inout AsyncThrowingStream<String, any Error>.Iterator, to words: String
    ) async throws {
      while let line = try await lines.next(isolation: #isolation) {
        if line.contains(words) { return }
      }
      Issue.record("the stream ended without \(words)")
    }
  }
}
