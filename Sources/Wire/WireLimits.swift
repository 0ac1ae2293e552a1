/// The bounds that are part of the protocol itself: the same for every peer, not configurable.
@_spi(Frames)
public enum WireLimits {
  /// Bytes of the header of every frame.
  @inlinable @inline(__always)
  public static var headerBytes: Int { 12 }
  /// Bytes of a whole frame, its header among them: one TLS record.
  @inlinable @inline(__always)
  public static var frameBytes: Int { 16_384 }
  /// Bytes of a frame behind its header.
  @inlinable @inline(__always)
  public static var payloadBytes: Int { frameBytes - headerBytes }
  /// Bytes of a method's name, `package.Service/Method`.
  @inlinable @inline(__always)
  public static var methodBytes: Int { 255 }
  /// Bytes of a metadata key.
  @inlinable @inline(__always)
  public static var metadataKeyBytes: Int { 64 }
  /// Metadata entries of one head.
  @inlinable @inline(__always)
  public static var metadataEntries: Int { 128 }
  /// Bytes of the metadata of one head, as encoded. A peer may advertise less, never more.
  @inlinable @inline(__always)
  public static var metadataBytes: Int { 8_192 }
  /// Bytes of a status message.
  @inlinable @inline(__always)
  public static var statusMessageBytes: Int { 1_024 }
  /// Bytes of the details of a status, as encoded.
  @inlinable @inline(__always)
  public static var statusDetailsBytes: Int { 4_096 }
  /// Bytes of the reason in a GOAWAY.
  @inlinable @inline(__always)
  public static var reasonBytes: Int { 512 }
  /// Bytes of the token in CREDENTIALS.
  @inlinable @inline(__always)
  public static var credentialsBytes: Int { 8_192 }
  /// Settings in one SETTINGS frame.
  @inlinable @inline(__always)
  public static var settingsEntries: Int { 64 }
  /// The highest stream id; a client that reaches it opens another connection.
  @inlinable @inline(__always)
  public static var maximumStreamID: UInt32 { 0x7fff_ffff }
  /// Messages that one side has begun and not ended at a time, over all streams of a connection.
  @inlinable @inline(__always)
  public static var messagesInParts: Int { 4 }
  /// Credit that a message costs beside its bytes, so that empty messages are bounded too.
  @inlinable @inline(__always)
  public static var messageOverheadBytes: Int { 64 }
  /// The most credit that may be outstanding in a window.
  @inlinable @inline(__always)
  public static var maximumCreditBytes: Int { 0x7fff_ffff }
  /// Credit of a stream until SETTINGS raise it, and the least that they may say.
  @inlinable @inline(__always)
  public static var floorStreamCreditBytes: Int { 65_536 }
  /// Credit of the connection until SETTINGS raise it, and the least that they may say.
  @inlinable @inline(__always)
  public static var floorConnectionCreditBytes: Int { 65_536 }
  /// Streams a client may have open before the server's SETTINGS came.
  @inlinable @inline(__always)
  public static var floorStreams: Int { 64 }
  /// Bytes of a message a sender may count on before SETTINGS came, and the least they may say.
  @inlinable @inline(__always)
  public static var floorMessageBytes: Int { 65_536 }
}
