import Exposition
import Foundation
import Gateway
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /metrics`, for Prometheus.
///
/// Who may scrape: whoever shows the token of `--metrics-token-file`. Without that file only who
/// comes from this machine, straight: with `--plaintext` the console is behind a proxy, which may
/// be on this machine too, so nobody does.
struct MetricsRoute: Sendable {
  /// Nil: there is no administrator's token to ask with.
  let exposition: Exposition?
  let tokenFile: TokenFile?
  /// Whether the console ends TLS, so that who speaks to it is who asks.
  let isDirect: Bool

  func add(to router: Router<GatewayContext>) {
    router.get("/metrics") { request, context in try await answer(request, context) }
  }

  private func answer(_ request: Request, _ context: GatewayContext) async throws -> Response {
    try authorize(request, context)
    guard let exposition else {
      throw HTTPError(
        .serviceUnavailable,
        message: "the console has no administrator's token: --token-file (BERTH_CONSOLE_TOKEN_FILE)"
      )
    }
    let text = await exposition.text()
    return Response(
      status: .ok,
      headers: [.contentType: MetricTable.contentType, .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  private func authorize(_ request: Request, _ context: GatewayContext) throws(HTTPError) {
    if let tokenFile {
      guard let token = tokenFile.read(), let shown = Self.bearer(request),
        Self.isSame(shown, token)
      else {
        throw HTTPError(
          .unauthorized, headers: [.wwwAuthenticate: "Bearer realm=\"metrics\""],
          message: "the token of --metrics-token-file is asked for")
      }
      return
    }
    guard isDirect, context.isFromThisMachine, !Self.isForwarded(request) else {
      throw HTTPError(
        .forbidden,
        message: "metrics are for this machine alone unless --metrics-token-file is set")
    }
  }

  private static func bearer(_ request: Request) -> String? {
    guard let value = request.headers[.authorization],
      value.prefix(7).lowercased() == "bearer "
    else { return nil }
    return value.dropFirst(7).trimmingCharacters(in: .whitespaces)
  }

  /// Takes as long whatever differs.
  private static func isSame(_ a: String, _ b: String) -> Bool {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// Whether a proxy says that it asks for somebody else.
  private static func isForwarded(_ request: Request) -> Bool {
    ["forwarded", "x-forwarded-for", "x-real-ip", "via"].contains { name in
      HTTPField.Name(name).map { request.headers.contains($0) } ?? false
    }
  }
}
