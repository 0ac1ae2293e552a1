import Console
import Gateway
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

/// The page and its files over HTTP.
struct AssetRoutesTests {
  private static let routes = AssetRoutes()

  private static func request(
    _ path: String, headers: HTTPFields = [:]
  ) async throws -> TestResponse {
    let router = Router(context: GatewayContext.self)
    routes.add(to: router.group().add(middleware: PageHeaders()))
    return try await Application(router: router).test(.router) { client in
      try await client.execute(uri: path, method: .get, headers: headers) { $0 }
    }
  }

  @Test func `the page names its files by their digest and is asked for each time`() async throws {
    let answer = try await Self.request("/")
    #expect(answer.status == .ok)
    #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
    #expect(answer.headers[.cacheControl] == "no-cache")
    let text = String(buffer: answer.body)
    #expect(!text.contains("\"ASSETS"))
    let addresses = text.matches(of: #/(?:href|src)="(\/assets\/[^"]+)"/#).map {
      String($0.output.1)
    }
    #expect(addresses.count > 4)
    for address in addresses {
      let file = try await Self.request(address)
      #expect(file.status == .ok, "\(address)")
      #expect(file.headers[.cacheControl] == "public, max-age=31536000, immutable")
      #expect(file.headers[.contentType]?.hasPrefix("application/octet") == false)
    }
  }

  @Test func `what the browser has already is not sent again`() async throws {
    let first = try await Self.request("/")
    let tag = try #require(first.headers[.eTag])
    let second = try await Self.request("/", headers: [.ifNoneMatch: tag])
    #expect(second.status == .notModified)
    #expect(second.body.readableBytes == 0)
  }

  @Test(arguments: [
    "/assets/0/js/main.js", "/assets/../Package.swift", "/assets/\(routes.digest)/no.js",
    "/assets/\(routes.digest)/../../../etc/passwd", "/assets/\(routes.digest)/",
  ])
  func `nothing else is there`(path: String) async throws {
    #expect(try await Self.request(path).status == .notFound)
  }

  @Test func `every answer is guarded against scripts, frames and guesses`() async throws {
    for path in ["/", "/assets/\(Self.routes.digest)/js/main.js"] {
      let headers = try await Self.request(path).headers
      let policy = try #require(headers[.contentSecurityPolicy])
      for directive in [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
        "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'",
        "require-trusted-types-for 'script'",
      ] {
        #expect(policy.contains(directive))
      }
      #expect(!policy.contains("unsafe"))
      #expect(headers[.xContentTypeOptions] == "nosniff")
      #expect(headers[try #require(HTTPField.Name("Referrer-Policy"))] == "no-referrer")
      #expect(headers[try #require(HTTPField.Name("X-Frame-Options"))] == "DENY")
    }
  }
}
