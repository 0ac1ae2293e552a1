/// How a call ended. The numbers and the meanings are gRPC's.
public enum StatusCode: UInt8, Sendable, Hashable, CaseIterable {
  /// The call did what was asked.
  case ok = 0
  /// The caller gave the call up.
  case cancelled = 1
  /// Something failed that nobody classified.
  case unknown = 2
  /// The request can never succeed as it is; the details name the fields.
  case invalidArgument = 3
  /// The deadline passed first. The work may have been done.
  case deadlineExceeded = 4
  /// What the request names does not exist, or the caller may not know that it does.
  case notFound = 5
  /// What the request creates exists.
  case alreadyExists = 6
  /// The caller is known and may not do this.
  case permissionDenied = 7
  /// A quota or a bound was reached; `RetryInfo` says whether waiting helps.
  case resourceExhausted = 8
  /// The state of the system forbids it; retrying helps only after that state changed.
  case failedPrecondition = 9
  /// Lost against a concurrent change; retry from the read.
  case aborted = 10
  /// Past the end of what is valid.
  case outOfRange = 11
  /// The server has no such method.
  case unimplemented = 12
  /// A fault of the server. The log has the rest, under the request's id.
  case `internal` = 13
  /// Not now; retry with backoff.
  case unavailable = 14
  /// Data was lost for good.
  case dataLoss = 15
  /// The caller is not known, or its token has expired.
  case unauthenticated = 16

  /// The name as gRPC spells it, for example `NOT_FOUND`.
  public var name: String {
    switch self {
    case .ok: "OK"
    case .cancelled: "CANCELLED"
    case .unknown: "UNKNOWN"
    case .invalidArgument: "INVALID_ARGUMENT"
    case .deadlineExceeded: "DEADLINE_EXCEEDED"
    case .notFound: "NOT_FOUND"
    case .alreadyExists: "ALREADY_EXISTS"
    case .permissionDenied: "PERMISSION_DENIED"
    case .resourceExhausted: "RESOURCE_EXHAUSTED"
    case .failedPrecondition: "FAILED_PRECONDITION"
    case .aborted: "ABORTED"
    case .outOfRange: "OUT_OF_RANGE"
    case .unimplemented: "UNIMPLEMENTED"
    case .internal: "INTERNAL"
    case .unavailable: "UNAVAILABLE"
    case .dataLoss: "DATA_LOSS"
    case .unauthenticated: "UNAUTHENTICATED"
    }
  }
}

extension StatusCode: CustomStringConvertible {
  public var description: String { name }
}
