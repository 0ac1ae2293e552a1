import Foundation
import Messages
import Wire

extension RPCStatus {
  /// `{"code": "NOT_FOUND", "message": "...", "details": [...]}`, the details in protobuf's JSON
  /// mapping of `google.protobuf.Any`.
  var json: JSONValue {
    [
      "code": .string(code.name), "message": .string(message),
      "details": .array(details.map(\.json)),
    ]
  }
}

extension StatusDetail {
  fileprivate var json: JSONValue {
    switch self {
    case .badRequest(let violations):
      Self.any(
        "google.rpc.BadRequest", "fieldViolations",
        .array(
          violations.map { violation in
            [
              "field": .string(violation.field), "description": .string(violation.description),
            ]
          }))
    case .retryInfo(let delay):
      Self.any("google.rpc.RetryInfo", "retryDelay", .string(ProtobufDuration(delay).description))
    case .quotaFailure(let violations):
      Self.any(
        "google.rpc.QuotaFailure", "violations",
        .array(
          violations.map { violation in
            [
              "subject": .string(violation.subject), "description": .string(violation.description),
            ]
          }))
    case .errorInfo(let reason, let domain, let metadata):
      [
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": .string(reason),
        "domain": .string(domain),
        "metadata": .object(
          metadata.sorted { $0.key < $1.key }.map {
            JSONMember(name: $0.key, value: .string($0.value))
          }),
      ]
    case .unknown(let type, let bytes):
      Self.any(type, "value", .string(Data(bytes).base64EncodedString()))
    }
  }

  private static func any(_ type: String, _ name: String, _ value: JSONValue) -> JSONValue {
    .object([
      JSONMember(name: "@type", value: .string("type.googleapis.com/\(type)")),
      JSONMember(name: name, value: value),
    ])
  }
}
