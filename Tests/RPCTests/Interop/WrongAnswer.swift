import Testing
@_spi(Frames) import Wire

/// What a server must not send while calls are open, and how a client must end it: a row of
/// `WrongAnswer.all`.
struct WrongAnswer: Sendable, CustomTestStringConvertible {
  /// The calls that are open when it comes.
  enum Calls: Sendable, Equatable {
    /// One, of stream 1.
    case unary
    /// So many server-streaming ones, whose responses nobody reads before the end.
    case streams(Int)
  }

  enum End: Sendable {
    /// GOAWAY with this code and these words in its reason. The calls are UNAVAILABLE.
    case connection(CloseCode, String)
    /// The call alone, with this code and these words; RESET tells the server, unless the call was
    /// over for it.
    case call(StatusCode, String, ResetCode?)
    /// Nobody breaks the protocol but by going away. The calls are UNAVAILABLE.
    case lost
  }

  let name: String
  var calls = Calls.unary
  /// False: the bytes come instead of SETTINGS.
  var sendsSettings = true
  /// What the server sends once the calls are open.
  let bytes: [UInt8]
  let end: End

  var testDescription: String { name }

  static let all = frameRows + connectionRows + streamRows + messageRows + callRows

  /// A breach of the protocol by whole frames.
  static func breach(
    _ name: String, _ words: String, calls: Calls = .unary, settings: Bool = true,
    _ frames: RawFrame...
  ) -> WrongAnswer {
    WrongAnswer(
      name: name, calls: calls, sendsSettings: settings, bytes: frames.flatMap(\.bytes),
      end: .connection(.protocolError, words))
  }

  /// What a client must refuse as an answer to one call.
  static func refused(
    _ name: String, _ code: StatusCode, _ words: String, reset: ResetCode? = nil,
    calls: Calls = .unary, _ frames: [RawFrame]
  ) -> WrongAnswer {
    WrongAnswer(
      name: name, calls: calls, bytes: frames.flatMap(\.bytes), end: .call(code, words, reset))
  }
}
