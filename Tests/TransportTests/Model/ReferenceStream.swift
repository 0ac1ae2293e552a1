/// One stream of the reference server.
struct ReferenceStream {
  enum Stand {
    /// The handler may still answer.
    case open
    /// The handler has answered; what it said waits for credit.
    case answered
    /// Over for the client; the handler still holds its place.
    case abandoned
  }

  let id: UInt32
  let method: String
  var stand = Stand.open
  /// The client has sent END.
  var hasEnded = false
  /// Bytes of the message that has begun and not ended.
  var partial: [UInt8]?
  var emptyFrames = 0
  /// What the client may still send, what goes back to it with the next WINDOW, and what was
  /// received and not taken.
  var receiveCredit: Int
  var owed = 0
  var unreturned = 0
  /// What we may still send.
  var sendCredit: Int
  var queue: [Answer] = []
  /// Messages that a `hold` has not taken.
  var untaken: [Int] = []
  var echoed = 0

  /// The letter that says what the handler does.
  var kind: Character { method.first ?? "h" }
}
