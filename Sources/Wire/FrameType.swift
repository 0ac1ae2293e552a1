/// What a frame is. The raw value is the type byte of its header.
@_spi(Frames)
public enum FrameType: UInt8, Sendable, CaseIterable {
  case settings = 1
  case open = 2
  case data = 3
  case status = 4
  case window = 5
  case reset = 6
  case ping = 7
  case pong = 8
  case goaway = 9
  case credentials = 10
}

extension FrameType {
  /// Where frames of this type may stand: on a stream, on the connection (stream 0), or both.
  public enum Scope: Sendable { case stream, connection, either }

  @inlinable
  public var scope: Scope {
    switch self {
    case .open, .data, .status, .reset: .stream
    case .settings, .ping, .pong, .goaway, .credentials: .connection
    case .window: .either
    }
  }

  /// The flags that mean something on this type; any other flag but `ignorable` is a protocol
  /// error.
  @inlinable
  public var allowedFlags: FrameFlags {
    switch self {
    case .open, .data: FrameFlags(rawValue: 0x8007)
    case .status: FrameFlags(rawValue: 0x8004)
    default: FrameFlags(rawValue: 0x8000)
    }
  }

  /// The payload lengths that can be right, known before a byte of the payload is read.
  @inlinable
  public var payloadRange: ClosedRange<Int> {
    switch self {
    case .settings: 0...(WireLimits.settingsEntries * 6)
    case .open: 12...WireLimits.payloadBytes
    case .data: 0...WireLimits.payloadBytes
    case .status: 8...WireLimits.payloadBytes
    case .window, .reset: 4...4
    case .ping, .pong: 8...8
    case .goaway: 8...(8 + WireLimits.reasonBytes)
    case .credentials: 0...WireLimits.credentialsBytes
    }
  }
}
