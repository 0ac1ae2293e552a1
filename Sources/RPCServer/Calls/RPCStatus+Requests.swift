public import Messages
public import Wire

extension RPCStatus {
  /// A request whose bytes are not its message.
  public init(_ error: MessageError) {
    self = .invalidArgument([FieldViolation(field: error.field, description: error.problem)])
  }

  /// INVALID_ARGUMENT whose words name the first field, and whose details name all.
  public static func invalidArgument(_ violations: [FieldViolation]) -> RPCStatus {
    let first = violations.first.map {
      $0.field.isEmpty ? "the request \($0.description)" : "\($0.field) \($0.description)"
    }
    let more = violations.count > 1 ? " (and \(violations.count - 1) more)" : ""
    return RPCStatus(
      .invalidArgument, (first ?? "the request is not valid") + more,
      details: [.badRequest(violations)])
  }
}
