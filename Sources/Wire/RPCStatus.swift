/// The end of a call: a code, words for people, and details for programs.
///
/// On the wire the message is cut at `WireLimits.statusMessageBytes`, and details are left off
/// from the end once they pass `WireLimits.statusDetailsBytes`.
public struct RPCStatus: Error, Sendable, Equatable {
  public var code: StatusCode
  /// Words for people. Never internal detail: that goes to the server's log.
  public var message: String
  /// Typed details in the manner of `google.rpc`.
  public var details: [StatusDetail]

  public init(_ code: StatusCode, _ message: String = "", details: [StatusDetail] = []) {
    self.code = code
    self.message = message
    self.details = details
  }

  /// Success, without words.
  public static let ok = RPCStatus(.ok)
}

extension RPCStatus {
  /// Every field violation of every `BadRequest` among the details.
  public var fieldViolations: [FieldViolation] {
    details.flatMap { detail -> [FieldViolation] in
      if case .badRequest(let violations) = detail { return violations }
      return []
    }
  }

  /// How long the server asks the caller to wait before it tries again.
  public var retryDelay: Duration? {
    for case .retryInfo(let delay) in details { return delay }
    return nil
  }
}

extension RPCStatus: CustomStringConvertible {
  public var description: String { message.isEmpty ? code.name : "\(code.name): \(message)" }
}
