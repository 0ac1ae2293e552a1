/// Why a connection ends: the code of a GOAWAY. Codes that are not listed here are kept as they
/// came.
package struct CloseCode: RawRepresentable, Sendable, Hashable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// In order: a drain, or nothing left to do.
  package static let noError = CloseCode(rawValue: 0)
  /// The peer broke the protocol.
  package static let protocolError = CloseCode(rawValue: 1)
  /// A frame over the bound.
  package static let frameTooLarge = CloseCode(rawValue: 2)
  /// More bytes than there was credit.
  package static let flowControl = CloseCode(rawValue: 3)
  /// Too many resets, pings or queued control frames.
  package static let excessiveLoad = CloseCode(rawValue: 4)
  /// The peer took too long: handshake, first frame, progress of a frame, reading, keepalive.
  package static let timeout = CloseCode(rawValue: 5)
  /// A fault of the sender of the GOAWAY.
  package static let internalError = CloseCode(rawValue: 6)
}

extension CloseCode: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noError: "NO_ERROR"
    case .protocolError: "PROTOCOL_ERROR"
    case .frameTooLarge: "FRAME_TOO_LARGE"
    case .flowControl: "FLOW_CONTROL"
    case .excessiveLoad: "EXCESSIVE_LOAD"
    case .timeout: "TIMEOUT"
    case .internalError: "INTERNAL_ERROR"
    default: "CODE_\(rawValue)"
    }
  }
}
