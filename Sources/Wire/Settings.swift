/// What one side announces about itself in its SETTINGS: pairs of `id u16 | value u32`.
/// Ids that this version does not know are skipped.
package struct Settings: Sendable, Equatable {
  private enum ID {
    static let streams: UInt16 = 1
    static let messageBytes: UInt16 = 2
    static let metadataBytes: UInt16 = 3
    static let streamCreditBytes: UInt16 = 4
    static let connectionCreditBytes: UInt16 = 5
    static let pingIntervalMilliseconds: UInt16 = 6
  }

  /// Streams that the sender lets the peer have open at a time. Says nothing when a client sends
  /// it.
  package var streams = WireLimits.floorStreams
  /// Bytes of the largest message the sender accepts.
  package var messageBytes = WireLimits.floorMessageBytes
  /// Bytes of the most metadata the sender accepts in one head.
  package var metadataBytes = WireLimits.metadataBytes
  /// Credit the sender grants to each stream at its start.
  package var streamCreditBytes = WireLimits.floorStreamCreditBytes
  /// Credit the sender grants to the connection at its start.
  package var connectionCreditBytes = WireLimits.floorConnectionCreditBytes
  /// The least time between two PINGs the sender of the setting puts up with.
  package var pingIntervalMilliseconds = 10_000

  /// What holds until SETTINGS came.
  package init() {}

  package static let encodedBytes = 36

  /// The payload of a SETTINGS frame.
  package func write(to sink: inout ByteSink) {
    let pairs = [
      (ID.streams, streams), (ID.messageBytes, messageBytes), (ID.metadataBytes, metadataBytes),
      (ID.streamCreditBytes, streamCreditBytes),
      (ID.connectionCreditBytes, connectionCreditBytes),
      (ID.pingIntervalMilliseconds, pingIntervalMilliseconds),
    ]
    for (id, value) in pairs {
      sink.uint16(id)
      sink.uint32(UInt32(clamping: value))
    }
  }

  package static func parse(
    _ payload: UnsafeRawBufferPointer
  ) throws(FrameError) -> Settings {
    guard payload.count.isMultiple(of: 6) else { throw .malformed("SETTINGS is cut off") }
    var settings = Settings()
    var cursor = ByteCursor(payload)
    while let id = cursor.uint16(), let value = cursor.uint32() {
      try settings.set(id, to: Int(value))
    }
    return settings
  }

  private mutating func set(_ id: UInt16, to value: Int) throws(FrameError) {
    let most = WireLimits.maximumCreditBytes
    switch id {
    case ID.streams:
      streams = value
    case ID.messageBytes:
      messageBytes = try Self.check(value, WireLimits.floorMessageBytes...most)
    case ID.metadataBytes:
      metadataBytes = min(value, WireLimits.metadataBytes)
    case ID.streamCreditBytes:
      streamCreditBytes = try Self.check(value, WireLimits.floorStreamCreditBytes...most)
    case ID.connectionCreditBytes:
      connectionCreditBytes = try Self.check(value, WireLimits.floorConnectionCreditBytes...most)
    case ID.pingIntervalMilliseconds:
      pingIntervalMilliseconds = value
    default:
      break
    }
  }

  private static func check(_ value: Int, _ range: ClosedRange<Int>) throws(FrameError) -> Int {
    guard range.contains(value) else { throw .malformed("a setting is out of its range") }
    return value
  }
}
