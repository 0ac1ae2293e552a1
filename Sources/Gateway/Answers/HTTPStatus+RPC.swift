import HTTPTypes
import Hummingbird
import Wire

extension HTTPResponse.Status {
  /// The caller gave up before there was an answer.
  static let clientClosedRequest = HTTPResponse.Status(
    code: 499, reasonPhrase: "Client Closed Request")

  /// As google.rpc.Code maps its codes.
  init(_ code: StatusCode) {
    switch code {
    case .ok: self = .ok
    case .cancelled: self = .clientClosedRequest
    case .invalidArgument, .failedPrecondition, .outOfRange: self = .badRequest
    case .deadlineExceeded: self = .gatewayTimeout
    case .notFound: self = .notFound
    case .alreadyExists, .aborted: self = .conflict
    case .permissionDenied: self = .forbidden
    case .resourceExhausted: self = .tooManyRequests
    case .unimplemented: self = .notImplemented
    case .unavailable: self = .serviceUnavailable
    case .unauthenticated: self = .unauthorized
    case .unknown, .internal, .dataLoss: self = .internalServerError
    }
  }
}
