/// The bounds that are part of the protocol itself: the same for every peer, not configurable.
package enum WireLimits {
  /// Bytes of the header of every frame.
  package static let headerBytes = 12
  /// Bytes of a whole frame, its header among them: one TLS record.
  package static let frameBytes = 16_384
  /// Bytes of a frame behind its header.
  package static let payloadBytes = frameBytes - headerBytes
  /// Bytes of a method's name, `package.Service/Method`.
  package static let methodBytes = 255
  /// Bytes of a metadata key.
  package static let metadataKeyBytes = 64
  /// Metadata entries of one head.
  package static let metadataEntries = 128
  /// Bytes of the metadata of one head, as encoded. A peer may advertise less, never more.
  package static let metadataBytes = 8_192
  /// Bytes of a status message.
  package static let statusMessageBytes = 1_024
  /// Bytes of the details of a status, as encoded.
  package static let statusDetailsBytes = 4_096
  /// Bytes of the reason in a GOAWAY.
  package static let reasonBytes = 512
  /// Bytes of the token in CREDENTIALS.
  package static let credentialsBytes = 8_192
  /// Settings in one SETTINGS frame.
  package static let settingsEntries = 64
  /// The highest stream id; a client that reaches it opens another connection.
  package static let maximumStreamID: UInt32 = 0x7fff_ffff
  /// Messages that one side has begun and not ended at a time, over all streams of a connection.
  package static let messagesInParts = 4
  /// Credit that a message costs beside its bytes, so that empty messages are bounded too.
  package static let messageOverheadBytes = 64
  /// The most credit that may be outstanding in a window.
  package static let maximumCreditBytes = 0x7fff_ffff
  /// Credit of a stream until SETTINGS raise it, and the least that they may say.
  package static let floorStreamCreditBytes = 65_536
  /// Credit of the connection until SETTINGS raise it, and the least that they may say.
  package static let floorConnectionCreditBytes = 65_536
  /// Streams a client may have open before the server's SETTINGS came.
  package static let floorStreams = 64
  /// Bytes of a message a sender may count on before SETTINGS came, and the least they may say.
  package static let floorMessageBytes = 65_536
}
