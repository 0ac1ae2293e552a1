import Console
import HTTPTypes
import Hummingbird
import RPCClient
import Testing

/// Which requests may come from the console's own pages.
struct RequestOriginTests {
  private static let session = Session(
    number: 1, account: "a", requestToken: "secret", credentials: FixedCredentials("k"))

  private static func request(
    _ method: HTTPRequest.Method = .post, _ fields: [String: String] = [:]
  ) throws -> Request {
    var headers = HTTPFields()
    for (name, value) in fields { headers[try #require(HTTPField.Name(name))] = value }
    return Request(
      head: HTTPRequest(
        method: method, scheme: "https", authority: "berth.example:8443", path: "/",
        headerFields: headers),
      body: RequestBody(buffer: ByteBuffer()))
  }

  @Test(arguments: [
    ["Sec-Fetch-Site": "same-origin"],
    ["Origin": "https://berth.example:8443"],
    ["Sec-Fetch-Site": "same-origin", "Origin": "https://berth.example:8443"],
  ])
  func `the console's own page may change things`(fields: [String: String]) throws {
    try RequestOrigin.check(try Self.request(.post, fields))
  }

  @Test(arguments: [
    ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"], ["Sec-Fetch-Site": "none"],
    ["Sec-Fetch-Site": "cross-site", "Origin": "https://berth.example:8443"],
    ["Origin": "https://evil.example"], ["Origin": "http://berth.example:8443"],
    ["Origin": "https://berth.example"], ["Origin": "null"], [:],
  ])
  func `whatever may be another site's page may not`(fields: [String: String]) throws {
    let request = try Self.request(.post, fields)
    let error = #expect(throws: HTTPError.self) { try RequestOrigin.check(request) }
    #expect(error?.status == .forbidden)
  }

  @Test func `looking is refused to other sites' pages too, not to the address bar`() throws {
    try RequestOrigin.check(try Self.request(.get))
    try RequestOrigin.check(try Self.request(.get, ["Sec-Fetch-Site": "none"]))
    let foreign = try Self.request(.get, ["Sec-Fetch-Site": "cross-site"])
    #expect(throws: HTTPError.self) { try RequestOrigin.check(foreign) }
  }

  @Test(arguments: ["", "secreT", "secret2", "secre"])
  func `a change needs the session's own token`(token: String) throws {
    let own = ["Sec-Fetch-Site": "same-origin"]
    try RequestOrigin.check(
      try Self.request(.post, own.merging([RequestOrigin.tokenHeader: "secret"]) { $1 }),
      of: Self.session)
    let wrong = try Self.request(.post, own.merging([RequestOrigin.tokenHeader: token]) { $1 })
    #expect(throws: HTTPError.self) { try RequestOrigin.check(wrong, of: Self.session) }
    let without = try Self.request(.post, own)
    #expect(throws: HTTPError.self) { try RequestOrigin.check(without, of: Self.session) }
    try RequestOrigin.check(try Self.request(.get, own), of: Self.session)
  }

  @Test func `the cookie is for this host alone, over TLS, out of scripts' reach`() throws {
    let value = SessionCookie.setting("abc")
    #expect(value == "__Host-berth-session=abc; Path=/; Secure; HttpOnly; SameSite=Strict")
    #expect(SessionCookie.clearing.contains("Max-Age=0"))
    #expect(!value.contains("Domain"))
  }

  @Test(arguments: [
    ("__Host-berth-session=abc", "abc"), ("a=1; __Host-berth-session=abc; b=2", "abc"),
    ("__Host-berth-session=", nil), ("berth-session=abc", nil), ("", nil),
    ("__Host-berth-session=abc; __Host-berth-session=def", nil),
    ("x__Host-berth-session=abc", nil), ("=;;__Host-berth-session", nil),
  ])
  func `a request's secret is read, and not guessed where there are two`(
    cookie: String, secret: String?
  ) throws {
    #expect(SessionCookie.secret(of: try Self.request(.get, ["Cookie": cookie])) == secret)
  }
}
