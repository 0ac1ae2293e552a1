/// Credit that we gave the peer, of a stream or of the connection.
struct ReceiveWindow: Equatable {
  let sizeBytes: Int
  /// What the peer may still use. Below zero after a message larger than what was left.
  private(set) var availableBytes: Int
  /// Consumed, but not yet given back.
  private(set) var owedBytes = 0

  init(sizeBytes: Int) {
    self.sizeBytes = sizeBytes
    availableBytes = sizeBytes
  }

  /// Takes what a frame costs. False: a message began without credit.
  mutating func charge(_ bytes: Int, begins: Bool) -> Bool {
    guard !begins || availableBytes > 0 else { return false }
    availableBytes -= bytes
    return true
  }

  /// Notes what the application consumed. Returns what a WINDOW should say now, or zero: it is put
  /// off until half the window is owed, so that credit costs few frames.
  mutating func giveBack(_ bytes: Int) -> Int {
    owedBytes += bytes
    guard owedBytes * 2 >= sizeBytes else { return 0 }
    defer { owedBytes = 0 }
    availableBytes += owedBytes
    return owedBytes
  }
}
