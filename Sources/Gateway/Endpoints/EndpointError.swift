import HTTPTypes
import Hummingbird
import Messages
import Wire

/// Why an endpoint of the older surface does not answer what was asked.
enum EndpointError: Error, Sendable {
  /// Fields that are wrong.
  case fields([FieldProblem])
  /// The request as a whole.
  case refused(HTTPResponse.Status, String)
  /// The answer of an RPC.
  case status(RPCStatus)

  /// - Parameter place: where the fields of the request are, "body" or "query".
  func response(place: String) -> Response {
    switch self {
    case .fields(let problems):
      return .detail(.array(problems.map(\.json)), status: .unprocessableContent)
    case .refused(let status, let words):
      return .detail(.string(words), status: status)
    case .status(let error):
      let violations = error.code == .invalidArgument ? error.fieldViolations : []
      if !violations.isEmpty {
        return EndpointError.fields(violations.map { OlderNames.problem($0, place: place) })
          .response(place: place)
      }
      return .detail(
        .string(error.message.isEmpty ? error.code.name : error.message),
        status: Self.status(of: error.code), headers: HTTPFields(of: error))
    }
  }

  /// Like the RPCs' own, but for what the older surface says otherwise: a duplicate is invalid, and
  /// what the state forbids a conflict.
  static func status(of code: StatusCode) -> HTTPResponse.Status {
    switch code {
    case .alreadyExists: .badRequest
    case .failedPrecondition: .conflict
    default: HTTPResponse.Status(code)
    }
  }
}
