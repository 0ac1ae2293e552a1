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
