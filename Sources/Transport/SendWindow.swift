@_spi(Frames) import Wire

/// Credit that the peer gave us, of a stream or of the connection.
///
/// A message may begin while there is credit; once begun it is sent whole and may take the credit
/// below zero. So a message never stalls half way, and what a receiver must hold is its credit
/// and one message.
struct SendWindow: Equatable {
  private(set) var availableBytes: Int

  init(availableBytes: Int) { self.availableBytes = availableBytes }

  /// Whether a message may begin.
  var mayBegin: Bool { availableBytes > 0 }

  /// Takes what a frame costs.
  mutating func spend(_ bytes: Int) { availableBytes -= bytes }

  /// Adds what the peer gave back.
  mutating func grant(_ bytes: Int) throws(FrameError) {
    let (sum, overflow) = availableBytes.addingReportingOverflow(bytes)
    guard !overflow, sum <= WireLimits.maximumCreditBytes else {
      throw .malformed("WINDOW takes the credit over its bound")
    }
    availableBytes = sum
  }

  /// What a frame of a message costs: its bytes, and a fixed part where the message begins.
  static func cost(bytes: Int, begins: Bool) -> Int {
    bytes + (begins ? WireLimits.messageOverheadBytes : 0)
  }
}
