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

  /// Notes what the application consumed of a stream. Returns what a WINDOW should say now, or
  /// zero: it is put off until half the window is owed, so that credit costs few frames.
  mutating func giveBack(_ bytes: Int) -> Int {
    owedBytes += bytes
    return owedBytes * 2 >= sizeBytes ? grant() : 0
  }

  /// The same for the connection, whose credit streams share: it is put off until as much is owed
  /// as the peer has left. That is half the window where nothing waits to be consumed, and less
  /// where messages that nobody takes hold a part of it: else others would wait for what is owed.
  mutating func giveBackShared(_ bytes: Int) -> Int {
    owedBytes += bytes
    return owedBytes >= availableBytes ? grant() : 0
  }

  /// What a WINDOW of the connection should say after a charge: something only when the peer has
  /// nothing left.
  mutating func giveBackWhenUsedUp() -> Int { availableBytes <= 0 ? grant() : 0 }

  private mutating func grant() -> Int {
    defer { owedBytes = 0 }
    availableBytes += owedBytes
    return owedBytes
  }
}
