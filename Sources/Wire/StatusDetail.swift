/// One typed detail of a status. On the wire each is the `google.rpc` message of the same name.
public enum StatusDetail: Sendable, Equatable {
  /// `google.rpc.BadRequest`: which fields of the request are wrong.
  case badRequest([FieldViolation])
  /// `google.rpc.RetryInfo`: when to try again.
  case retryInfo(delay: Duration)
  /// `google.rpc.QuotaFailure`: which quotas are used up.
  case quotaFailure([QuotaViolation])
  /// `google.rpc.ErrorInfo`: a reason that a program can switch on.
  case errorInfo(reason: String, domain: String, metadata: [String: String])
  /// A detail of another type, as its full name and its protobuf bytes.
  case unknown(type: String, bytes: [UInt8])
}

/// One wrong field of a request.
public struct FieldViolation: Sendable, Equatable {
  /// Dotted path, for example `capacity.cpu_millis`.
  public var field: String
  public var description: String

  public init(field: String, description: String) {
    self.field = field
    self.description = description
  }
}

/// One quota that is used up.
public struct QuotaViolation: Sendable, Equatable {
  /// Whose quota, for example `user:42`.
  public var subject: String
  public var description: String

  public init(subject: String, description: String) {
    self.subject = subject
    self.description = description
  }
}
