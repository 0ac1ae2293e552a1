import HTTPTypes
import Hummingbird
import Wire

/// Why the gateway itself refuses a request, before any call is made.
struct Refusal: Error, Sendable {
  let status: HTTPResponse.Status
  /// The same for callers of the RPCs.
  let code: StatusCode
  let message: String
  var headers: HTTPFields = [:]

  static let noJSON = Refusal(
    status: .unsupportedMediaType, code: .invalidArgument,
    message: "the body must be application/json")

  static let tooLarge = Refusal(
    status: .contentTooLarge, code: .resourceExhausted,
    message: "the body has more than \(GatewayLimits.bodyBytes) bytes")

  static func invalid(_ message: String) -> Refusal {
    Refusal(status: .badRequest, code: .invalidArgument, message: message)
  }
}
