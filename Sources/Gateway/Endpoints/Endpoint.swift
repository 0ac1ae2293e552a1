import HTTPTypes
import Hummingbird
import Messages

/// One endpoint of the older HTTP platform, kept for its callers: what it takes, what it answers,
/// and how it does that by RPCs.
struct Endpoint: Sendable {
  enum Access: Sendable {
    case anyone
    case authenticated
    case superAdmin
  }

  let method: HTTPRequest.Method
  let path: String
  let summary: String
  var access = Access.authenticated
  var input: [InputField] = []
  let output: OutputShape
  /// Runs the calls and makes the answer.
  let answer: @Sendable (EndpointCall) async throws(EndpointError) -> JSONValue

  /// Where its fields are; the body of a GET is read too.
  var place: String { method == .get ? "query" : "body" }

  /// By path.
  static let all: [Endpoint] =
    (core + users + organizations + clusters + deployments).sorted { $0.path < $1.path }
}
