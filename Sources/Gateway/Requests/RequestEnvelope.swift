import HTTPTypes
import Hummingbird
import Logging
import Messages
import Wire

/// Around every request of the gateway: makes errors of what is thrown, and sets the headers that
/// every answer has.
struct RequestEnvelope: RouterMiddleware {
  /// How an error reads.
  enum Errors {
    /// `{"detail": ...}`
    case detail
    /// `{"code", "message", "details"}`
    case status
  }

  let errors: Errors

  func handle(
    _ request: Request, context: GatewayContext,
    next: @concurrent (Request, GatewayContext) async throws -> Response
  ) async throws -> Response {
    var response = await respond(request, context, next)
    response.headers[.xContentTypeOptions] = "nosniff"
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    return response
  }

  private func respond(
    _ request: Request, _ context: GatewayContext,
    _ next: @concurrent (Request, GatewayContext) async throws -> Response
  ) async -> Response {
    do {
      return try await next(request, context)
    } catch let refusal as Refusal {
      return response(to: refusal)
    } catch let error as HTTPError {
      return response(
        to: Refusal(
          status: error.status, code: Self.code(of: error.status),
          message: error.body ?? error.status.reasonPhrase, headers: error.headers))
    } catch {
      context.logger.error(
        "a request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
      return response(
        to: Refusal(status: .internalServerError, code: .internal, message: "internal error"))
    }
  }

  private func response(to refusal: Refusal) -> Response {
    switch errors {
    case .detail:
      .detail(.string(refusal.message), status: refusal.status, headers: refusal.headers)
    case .status: .refused(refusal)
    }
  }

  private static func code(of status: HTTPResponse.Status) -> StatusCode {
    switch status.code {
    case 401: .unauthenticated
    case 403: .permissionDenied
    case 404: .notFound
    case 413, 429: .resourceExhausted
    case 503: .unavailable
    case 400..<500: .invalidArgument
    default: .internal
    }
  }
}
