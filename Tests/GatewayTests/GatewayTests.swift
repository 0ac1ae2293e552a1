import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import RPCClient
import Testing

@testable import Gateway

/// The gateway's routes, before a server that cannot be reached.
struct GatewayTests {
  /// Nothing listens there.
  private static let target = "127.0.0.1:1"

  private struct NoSessions: SessionTokens {
    func token(of request: Request) async throws -> String? { nil }
  }

  private func test(
    _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:], body: String? = nil,
    _ check: @escaping @Sendable (TestResponse) -> Void
  ) async throws {
    let channel = try Channel(to: Self.target)
    let router = Router(context: GatewayContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: RequestScope(into: nil))
    try Gateway(channel: channel, sessions: NoSessions(), version: "0").addRoutes(to: router)
    try await Application(router: router).test(.router) { client in
      try await client.execute(
        uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) }
      ) { check($0) }
    }
    await channel.close()
  }

  private let requestID = HTTPField.Name("x-request-id")!
  private static let json: HTTPFields = [.contentType: "application/json"]

  @Test(arguments: [
    ("GET", "/nothing", 404), ("GET", "/", 404), ("GET", "/user/create_user", 405),
    ("DELETE", "/user/list_users", 405), ("POST", "/openapi.json", 405),
    ("PROPFIND", "/core/health", 405), ("GET", "/berth.v1.UserService/Login", 405),
    ("POST", "/berth.v1.UserService/Nothing", 404), ("POST", "/berth.v1.UserService/../x", 404),
  ])
  func `an unknown path or method is answered in JSON`(
    method: String, path: String, status: Int
  ) async throws {
    let method = try #require(HTTPRequest.Method(method))
    try await test(method, path) { response in
      #expect(Int(response.status.code) == status)
      #expect(response.headers[.contentType] == "application/json; charset=utf-8")
      let body = String(buffer: response.body)
      #expect(
        body.hasPrefix(path.hasPrefix("/berth.") ? "{\"code\":\"UNIMPLEMENTED\"" : "{\"detail\":\"")
      )
      #expect((response.headers[.allow] != nil) == (status == 405))
    }
  }

  @Test func `a server that is away is 503, in both forms`() async throws {
    try await test(.get, "/core/health") { response in
      #expect(response.status == .serviceUnavailable)
      #expect(String(buffer: response.body).hasPrefix("{\"detail\":\""))
    }
    try await test(.post, "/berth.v1.HealthService/Check") { response in
      #expect(response.status == .serviceUnavailable)
      #expect(String(buffer: response.body).hasPrefix("{\"code\":\"UNAVAILABLE\",\"message\":\""))
    }
    // As a status or, where connecting takes long, as the stream's last line.
    try await test(.post, "/berth.v1.HealthService/Watch") { response in
      #expect(String(buffer: response.body).contains("{\"code\":\"UNAVAILABLE\""))
    }
  }

  @Test func `a token is asked for before a call is made`() async throws {
    try await test(.get, "/user/list_users") { response in
      #expect(response.status == .unauthorized)
      #expect(response.headers[.wwwAuthenticate] == "Bearer")
    }
    for header in ["", "Bearer", "Basic eDp5", "Bearer a b", "token"] {
      try await test(.get, "/user/list_users", headers: [.authorization: header]) { response in
        #expect(response.status == .unauthorized, "\(header)")
      }
    }
  }

  @Test(arguments: [
    ("text/plain", 415), ("application/x-www-form-urlencoded", 415), (nil, 415),
    ("application/json; charset=latin1", 415), ("application/json; charset=UTF-8", 422),
    ("APPLICATION/JSON", 422),
  ])
  func `a body must be JSON`(type: String?, status: Int) async throws {
    var headers: HTTPFields = [:]
    headers[.contentType] = type
    try await test(.post, "/user/create_user", headers: headers, body: "{}") { response in
      #expect(Int(response.status.code) == status)
    }
  }

  @Test func `a body is bounded`() async throws {
    let body = "{\"username\": \"" + String(repeating: "a", count: GatewayLimits.bodyBytes) + "\"}"
    for path in ["/user/create_user", "/berth.v1.UserService/CreateUser"] {
      try await test(.post, path, headers: Self.json, body: body) { response in
        #expect(response.status == .contentTooLarge)
      }
    }
  }

  @Test(arguments: [
    ("{", "the message is not JSON: expected a name in quotes at line 1, column 2"),
    ("{\"username\": 4}", "username must be a string, not a number"),
    ("{\"colour\": 4}", "colour is not a field of berth.v1.CreateUserRequest"),
    ("[]", "the message must be an object (berth.v1.CreateUserRequest), not an array"),
    (String(repeating: "[", count: 1_000), "the message nests deeper than 64"),
  ])
  func `JSON that is no request of a method names the field`(
    body: String, words: String
  ) async throws {
    try await test(.post, "/berth.v1.UserService/CreateUser", headers: Self.json, body: body) {
      response in
      #expect(response.status == .badRequest)
      let text = String(buffer: response.body)
      #expect(text.contains("\"code\":\"INVALID_ARGUMENT\""))
      #expect(text.contains(words), "\(text)")
    }
  }

  @Test func `a method that takes a stream is refused clearly`() async throws {
    try await test(.post, "/berth.v1.AgentService/Attach", headers: Self.json, body: "{}") {
      response in
      #expect(response.status == .notImplemented)
      #expect(String(buffer: response.body).contains("takes a stream of requests"))
    }
  }

  @Test(arguments: ["0", "-1", "nan", "inf", "soon", "1e9", ""])
  func `a time limit that is none is refused`(text: String) async throws {
    try await test(
      .post, "/berth.v1.AdminService/Version", headers: [RequestCall.timeout: text]
    ) { response in
      #expect(response.status == .badRequest)
      #expect(String(buffer: response.body).contains("x-request-timeout"))
    }
  }

  @Test func `every answer has the request's id and the headers of safety`() async throws {
    try await test(.get, "/core/health", headers: [requestID: "mine-1"]) { response in
      #expect(response.headers[requestID] == "mine-1")
      #expect(response.headers[.xContentTypeOptions] == "nosniff")
      #expect(response.headers[.cacheControl] == "no-store")
      #expect(response.headers[.accessControlAllowOrigin] == nil)
    }
    for id in ["a b", String(repeating: "a", count: 200), "ä"] {
      try await test(.get, "/core/health", headers: [requestID: id]) { response in
        let made = response.headers[requestID] ?? ""
        #expect(made.wholeMatch(of: #/[0-9a-f]{32}/#) != nil, "\(made)")
      }
    }
  }

  @Test func `the description is kept by browsers until it changes`() async throws {
    for path in ["/openapi.json", "/docs", "/docs/docs.css", "/docs/docs.js"] {
      try await test(.get, path) { response in
        #expect(response.status == .ok)
        #expect(response.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'") == true)
        #expect(response.body.readableBytes > 500)
      }
      try await test(.head, path) { response in
        #expect(response.status == .ok)
        #expect(response.body.readableBytes == 0)
      }
    }
    let tag = "\"\(try #require(EmbeddedAssets.files.first { $0.name == "docs.js" }?.digest))\""
    try await test(.get, "/docs/docs.js", headers: [.ifNoneMatch: tag]) { response in
      #expect(response.status == .notModified)
      #expect(response.body.readableBytes == 0)
    }
  }
}
