/// Why one stream ends early: the code of a RESET. Codes that are not listed here are kept as
/// they came.
package struct ResetCode: RawRepresentable, Sendable, Hashable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The caller gave up.
  package static let cancelled = ResetCode(rawValue: 1)
  /// Refused before any handler saw it: safe to retry whatever the method.
  package static let refused = ResetCode(rawValue: 2)
  /// The deadline passed.
  package static let deadlineExceeded = ResetCode(rawValue: 3)
  /// A message over the receiver's bound.
  package static let messageTooLarge = ResetCode(rawValue: 4)
  /// The connection drains and its grace is over.
  package static let draining = ResetCode(rawValue: 5)
  /// A fault of the sender of the RESET.
  package static let internalError = ResetCode(rawValue: 6)
  /// The connection went away. Never on the wire: a stream's handler is told this.
  package static let connectionLost = ResetCode(rawValue: 0xffff_ffff)
}

extension ResetCode: CustomStringConvertible {
  package var description: String {
    switch self {
    case .cancelled: "CANCELLED"
    case .refused: "REFUSED"
    case .deadlineExceeded: "DEADLINE_EXCEEDED"
    case .messageTooLarge: "MESSAGE_TOO_LARGE"
    case .draining: "DRAINING"
    case .internalError: "INTERNAL_ERROR"
    case .connectionLost: "CONNECTION_LOST"
    default: "CODE_\(rawValue)"
    }
  }
}
