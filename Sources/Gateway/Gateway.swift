import HTTPTypes
package import Hummingbird
import Messages
package import RPCClient

/// Berth's RPCs over HTTP with JSON, for callers that do not speak its protocol: every method, the
/// endpoints of the older HTTP platform, and the description of both.
package struct Gateway: Sendable {
  private let channel: Channel
  private let sessions: any SessionTokens
  private let pages: [DocumentationPage]

  /// - Parameters:
  ///   - sessions: whose tokens are used where a request brings none.
  ///   - version: told in the description.
  package init(channel: Channel, sessions: any SessionTokens, version: String) throws {
    self.channel = channel
    self.sessions = sessions
    pages = DocumentationPage.assets + [try .openAPI(version: version)]
  }

  /// Adds what the gateway answers; after all others, as it also answers what no route is for.
  package func addRoutes(to router: Router<GatewayContext>) {
    addMethods(to: router)
    addEndpoints(to: router)
    addPages(to: router)
    router.add(middleware: UnknownPaths(methods: paths))
  }

  private func addMethods(to router: Router<GatewayContext>) {
    let group = router.group("").add(middleware: RequestEnvelope(errors: .status))
    for method in Self.methods {
      let route = MethodRoute(method: method, channel: channel, sessions: sessions)
      group.post(RouterPath("/\(method.path)")) { request, context in
        try await route.respond(to: request, context: context)
      }
    }
  }

  private func addEndpoints(to router: Router<GatewayContext>) {
    let group = router.group("").add(middleware: RequestEnvelope(errors: .detail))
    for endpoint in Endpoint.all {
      let route = EndpointRoute(endpoint: endpoint, channel: channel, sessions: sessions)
      group.on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
        try await route.respond(to: request, context: context)
      }
    }
  }

  private func addPages(to router: Router<GatewayContext>) {
    let group = router.group("").add(middleware: RequestEnvelope(errors: .detail))
    for page in pages {
      group.get(RouterPath(page.path)) { request, _ in page.response(to: request) }
    }
  }

  private static let methods: [MethodDescriptor] = Services.all.flatMap(\.methods)

  /// Every path that is answered, with its method.
  private var paths: [String: HTTPRequest.Method] {
    var paths: [String: HTTPRequest.Method] = [:]
    for method in Self.methods { paths["/\(method.path)"] = .post }
    for endpoint in Endpoint.all { paths[endpoint.path] = endpoint.method }
    for page in pages { paths[page.path] = .get }
    return paths
  }
}
