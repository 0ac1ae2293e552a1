/// What makes a frame impossible. Each ends the connection with a GOAWAY.
@_spi(Frames)
public enum FrameError: Error, Sendable, Equatable {
  /// The header announces more than a frame may hold; the number is its length.
  case tooLarge(Int)
  /// A type this version does not know, without the `ignorable` flag.
  case unknownType(UInt8)
  /// Against the grammar; the text says how.
  case malformed(String)

  /// The code of the GOAWAY.
  package var closeCode: CloseCode {
    switch self {
    case .tooLarge: .frameTooLarge
    case .unknownType, .malformed: .protocolError
    }
  }

  /// The reason of the GOAWAY.
  package var reason: String {
    switch self {
    case .tooLarge(let length): "a frame of \(length) bytes; \(WireLimits.payloadBytes) are allowed"
    case .unknownType(let type): "unknown frame type \(type)"
    case .malformed(let how): "malformed frame: \(how)"
    }
  }
}
