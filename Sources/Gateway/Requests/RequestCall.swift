import HTTPTypes
import Hummingbird
import RPCClient
import Wire

/// What an HTTP request says beside its body: who calls, and for how long.
struct RequestCall: Sendable {
  /// Seconds that the call may take, fractions allowed.
  static let timeout = HTTPField.Name("x-request-timeout")!

  /// From the `Authorization` header, else the session's; nil: neither.
  let token: String?
  let deadline: Duration?

  /// Throws a `Refusal` for headers that are none, or what `sessions` throws.
  init(
    _ request: Request, sessions: any SessionTokens
  ) async throws {
    deadline = try Self.deadline(request.headers)
    token = try await Self.token(request, sessions)
  }

  /// For the calls that the request becomes.
  var options: CallOptions {
    var options = CallOptions(deadline: deadline)
    options.credentials = token.map { .token($0) } ?? .none
    return options
  }

  private static func token(
    _ request: Request, _ sessions: any SessionTokens
  ) async throws -> String? {
    guard let header = request.headers[.authorization] else {
      return try await sessions.token(of: request)
    }
    let words = header.split(separator: " ", omittingEmptySubsequences: true)
    guard words.count == 2, words[0].lowercased() == "bearer" else {
      throw Refusal(
        status: .unauthorized, code: .unauthenticated,
        message: "the Authorization header must be: Bearer TOKEN",
        headers: [.wwwAuthenticate: "Bearer"])
    }
    return String(words[1])
  }

  private static func deadline(_ headers: HTTPFields) throws(Refusal) -> Duration? {
    guard let text = headers[timeout] else { return nil }
    guard let seconds = Double(text), seconds > 0,
      seconds <= Double(GatewayLimits.timeout.components.seconds)
    else {
      let most = GatewayLimits.timeout.components.seconds
      throw .invalid("the header x-request-timeout must be seconds, above 0 and at most \(most)")
    }
    return .seconds(seconds)
  }
}
