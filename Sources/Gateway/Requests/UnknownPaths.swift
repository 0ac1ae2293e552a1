import HTTPTypes
import Hummingbird
import Messages
import Wire

/// What a request is answered that no route is for: 405 where the path has another method, else
/// 404.
struct UnknownPaths: RouterMiddleware {
  /// The methods of each path of the gateway.
  let methods: [String: HTTPRequest.Method]

  func handle(
    _ request: Request, context: GatewayContext,
    next: @concurrent (Request, GatewayContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as HTTPError
      where error.status == .notFound && context.coreContext.endpointPath.value == "NotFound"
    {
      return answer(request)
    }
  }

  private func answer(_ request: Request) -> Response {
    let path = request.uri.path
    guard let method = methods[path] else {
      return refuse(
        Refusal(status: .notFound, code: .unimplemented, message: "there is nothing at this path"),
        path)
    }
    let allowed = method == .get ? "GET, HEAD" : method.rawValue
    return refuse(
      Refusal(
        status: .methodNotAllowed, code: .unimplemented, message: "this path takes \(allowed)",
        headers: [.allow: allowed]),
      path)
  }

  private func refuse(_ refusal: Refusal, _ path: String) -> Response {
    if path.hasPrefix("/berth.") { return .refused(refusal) }
    return .detail(.string(refusal.message), status: refusal.status, headers: refusal.headers)
  }
}
