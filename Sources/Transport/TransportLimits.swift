import EventLoop
@_spi(Frames) import Wire

/// Every bound of the transport that a program may configure, and those of its own working memory.
/// What the protocol fixes for everybody stands in `WireLimits`.
package struct TransportLimits: Sendable {
  // MARK: Announced in SETTINGS

  /// Streams a client may have open at a time; on a server a stream counts until its handler ends.
  package var streams = 256
  /// Bytes of a message that is accepted. At least `WireLimits.floorMessageBytes`.
  package var messageBytes = 4 << 20
  /// Bytes of the metadata of one head that are accepted, at most `WireLimits.metadataBytes`.
  package var metadataBytes = WireLimits.metadataBytes
  /// Credit of each stream. At least `WireLimits.floorStreamCreditBytes`.
  package var streamCreditBytes = 256 << 10
  /// Credit of the connection. At least `WireLimits.floorConnectionCreditBytes`.
  package var connectionCreditBytes = 1 << 20
  /// Least time between two PINGs of the peer.
  package var pingInterval = Duration.seconds(10)

  // MARK: What a peer may do

  /// Resets by the peer and stream errors it causes, within `faultPeriod`; one more ends the
  /// connection.
  package var faults = 200
  package var faultPeriod = Duration.seconds(30)
  /// PINGs beyond the announced rate that are still answered; refilled at that rate.
  package var pingBurst = 100
  /// Time in which a peer may send one more message of TLS after its handshake, a key update or a
  /// ticket, once it has sent `CryptographyLimits.postHandshakeMessages`.
  package var postHandshakeInterval = Duration.seconds(1)
  /// Control frames that wait for the peer to read.
  package var queuedControlFrames = 10_000
  /// Empty frames in a row within one message.
  package var emptyFrames = 1

  // MARK: Time

  /// From the start of the connection to the end of the TLS handshake.
  package var handshakeTimeout = Duration.seconds(10)
  /// From there to the first whole frame.
  package var firstFrameTimeout = Duration.seconds(10)
  /// From the first byte of a frame to its last, and from one frame of a message to its next.
  package var progressTimeout = Duration.seconds(30)
  /// Without the peer reading anything while bytes wait for it.
  package var writeTimeout = Duration.seconds(30)
  /// Without a byte from the peer before it is asked whether it is there; nil: never.
  package var keepaliveInterval: Duration? = .seconds(60)
  /// For the answer to that.
  package var keepaliveTimeout = Duration.seconds(20)
  /// Age at which a server drains a connection, give or take `connectionAgeJitter`; nil: never.
  package var connectionAge: Duration? = .seconds(3_600)
  /// Part of the age by which it varies, so that connections made together do not end together.
  package var connectionAgeJitter = 0.1
  /// Grace of that drain.
  package var connectionAgeGrace = Duration.seconds(30)
  /// For the round trip between the two GOAWAYs of a drain.
  package var drainRoundTripTimeout = Duration.seconds(5)
  /// For a peer to take the last bytes and close, once we have.
  package var lingerTimeout = Duration.seconds(2)

  // MARK: Working memory

  /// Bytes queued for the peer before handlers wait and a server stops reading.
  package var outboundBytes = 1 << 20
  /// Bytes of a stream's messages that wait for their turn before its sender waits.
  package var streamQueueBytes = 32 << 10
  /// Bytes that may wait for the socket before messages queue by stream, so that they take turns.
  package var directBytes = 64 << 10
  /// Bytes that the kernel holds for a peer beyond what is in flight.
  package var unsentBytes = 256 << 10
  /// Bytes of the read buffer that a loop's connections share.
  package var readBufferBytes = 256 << 10
  /// Times that buffer is filled for one connection before the others have their turn.
  package var readsPerTurn = 4
  /// TLS records that one filling takes: small ones cost as much as large ones.
  package var recordsPerFilling = 1_024
  /// Records written for one connection before the others have their turn.
  package var recordsPerTurn = 16
  /// Bytes of a pooled output buffer, and how many of them a loop keeps.
  package var pooledBufferBytes = 32 << 10
  package var pooledBuffers = 64
  /// Bytes of a pooled buffer for a message in parts, and how many of them a loop keeps.
  package var pooledMessageBytes = 128 << 10
  package var pooledMessages = 16
  /// Connections of a loop that keep the buffers of their TLS sessions, 34 KiB each, because they
  /// were read from a short while ago, and how long that is.
  package var warmConnections = 256
  package var warmTime = Duration.milliseconds(250)
  /// Bytes discarded from a peer that goes on sending after the connection's end.
  package var lingerBytes = 1 << 20

  /// Draws the place within the age's jitter, from 0 up to 1. Tests set it.
  package var random: @Sendable () -> Double = { Double.random(in: 0..<1) }

  package init() {}

  /// What these limits say about themselves to a peer.
  var settings: Settings {
    var settings = Settings()
    settings.streams = streams
    settings.messageBytes = max(messageBytes, WireLimits.floorMessageBytes)
    settings.metadataBytes = min(metadataBytes, WireLimits.metadataBytes)
    settings.streamCreditBytes = max(streamCreditBytes, WireLimits.floorStreamCreditBytes)
    settings.connectionCreditBytes = max(
      connectionCreditBytes, WireLimits.floorConnectionCreditBytes)
    settings.pingIntervalMilliseconds = Int(pingInterval.clampedNanoseconds / 1_000_000)
    return settings
  }

  /// The age at which this connection drains, in nanoseconds.
  var drawnConnectionAge: UInt64? {
    guard let connectionAge else { return nil }
    let factor = 1 + connectionAgeJitter * (2 * random() - 1)
    return UInt64(max(0, Double(connectionAge.clampedNanoseconds) * factor))
  }
}
