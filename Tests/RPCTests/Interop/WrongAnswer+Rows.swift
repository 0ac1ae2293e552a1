@_spi(Frames) import Wire

extension WrongAnswer {
  // MARK: What a header tells

  static let frameRows = [
    WrongAnswer(
      name: "a frame over its bound",
      bytes: RawFrame.header(3, flags: 4, stream: 1, length: 16_373),
      end: .connection(.frameTooLarge, "16373")),
    breach("an unknown type", "unknown frame type 99", header: RawFrame.header(99)),
    breach("a flag that the type has not", "unknown flags", header: RawFrame.header(7, flags: 1)),
    breach(
      "reserved bits", "reserved header bits", header: [0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0]),
    breach(
      "the stream's top bit", "top bit", header: [0, 0, 0, 3, 0, 4, 0, 0, 0x80, 0, 0, 1]),
    breach("an even stream", "odd", header: RawFrame.header(3, flags: 4, stream: 2)),
    breach("DATA of the connection", "needs a stream", header: RawFrame.header(3, flags: 4)),
    breach(
      "PING of a stream", "belongs to stream 0",
      header: RawFrame.header(7, stream: 1, length: 8)),
    breach(
      "END before the message's end", "END before",
      header: RawFrame.header(3, flags: 7, stream: 1)),
    breach("PING of one byte", "impossible length", RawFrame(type: .ping, payload: [1])),
    WrongAnswer(
      name: "a frame that never ends",
      bytes: RawFrame.header(3, flags: 4, stream: 1, length: 9) + [1],
      end: .lost),
  ]

  /// A breach of the protocol by these bytes.
  private static func breach(_ name: String, _ words: String, header: [UInt8]) -> WrongAnswer {
    WrongAnswer(name: name, bytes: header, end: .connection(.protocolError, words))
  }

  // MARK: Frames of the connection

  static let connectionRows = [
    breach("no SETTINGS first", "not SETTINGS", settings: false, .ping(1)),
    breach("SETTINGS twice", "SETTINGS twice", RawFrame(type: .settings)),
    breach(
      "SETTINGS out of range", "out of its range", settings: false,
      RawFrame(type: .settings, payload: [0, 4, 0, 0, 0, 0])),
    breach(
      "SETTINGS cut off", "cut off", settings: false,
      RawFrame(type: .settings, payload: [0, 4, 0, 1, 0])),
    breach("WINDOW of nothing", "impossible size", .window(0, 0)),
    breach("WINDOW over all bounds", "over its bound", .window(0, 0x7fff_ffff)),
    breach("WINDOW of a stream over all bounds", "over its bound", .window(1, 0x7fff_ffff)),
    breach(
      "GOAWAY that lets more in", "more than the one before", .goAway(last: 1), .goAway(last: 3)),
    breach("GOAWAY of an impossible stream", "top bit of GOAWAY", .goAway(last: 0x8000_0001)),
    breach("OPEN from a server", "open from a server", .open("a.B/C", stream: 1)),
    breach(
      "CREDENTIALS from a server", "credentials from a server",
      RawFrame(type: .credentials, payload: [1])),
  ]

  // MARK: Frames of a stream

  static let streamRows = [
    breach("DATA for no stream", "never was", .data(3, .begin, [1])),
    breach("STATUS for no stream", "never was", .success(3)),
    breach("WINDOW for no stream", "never was", .window(3, 1)),
    breach("RESET of no stream", "never was", .reset(3, .cancelled)),
    breach("RESET of an impossible code", "impossible code", .reset(1, .connectionLost)),
    breach("DATA outside a message", "outside a message", .data(1, .more, [1])),
    breach("END from a server", "ends a stream with STATUS", .data(1, .end)),
    breach("END with a message", "ends a stream with STATUS", .data(1, [.begin, .end], [1])),
    breach(
      "a message within another", "begins within another", .data(1, [.begin, .more], [1]),
      .data(1, .begin, [1])),
    breach(
      "empty frames in a row", "empty DATA frames", .data(1, [.begin, .more], [1]),
      .data(1, .more), .data(1, .more)),
    breach(
      "STATUS within a message", "STATUS within a message", .data(1, [.begin, .more], [1]),
      .success(1)),
    breach(
      "STATUS with bytes of no message", "no message",
      RawFrame(type: .status, stream: 1, payload: [UInt8](repeating: 0, count: 9))),
    breach("STATUS with a reserved bit", "reserved bits", .status([0, 1, 0, 0, 0, 0, 0, 0])),
    breach("STATUS cut off", "shorter than its head", .status([5, 0, 0, 9, 0, 0, 0, 0])),
    breach(
      "STATUS with endless words", "over its bound",
      .status([5, 0, 4, 1, 0, 0, 0, 0] + [UInt8](repeating: 65, count: 1_025))),
    breach(
      "STATUS with half a detail", "detail of STATUS", .status([5, 0, 0, 0, 0, 2, 0, 0, 9, 0])),
    breach(
      "STATUS with a key in capitals", "metadata key",
      .status([5, 0, 0, 0, 0, 0, 0, 5, 1, 0, 1, 65, 65])),
  ]

  // MARK: What a receiver must hold

  static let messageRows = [
    WrongAnswer(
      name: "a message without credit of its stream", calls: .streams(1),
      bytes: creditUsedUp(1) + RawFrame.data(1, .begin).bytes,
      end: .connection(.flowControl, "stream 1 without credit")),
    WrongAnswer(
      name: "a message without credit of the connection", calls: .streams(5),
      bytes: [1, 3, 5, 7].flatMap(creditUsedUp) + RawFrame.data(9, .begin).bytes,
      end: .connection(.flowControl, "without credit of the connection")),
    WrongAnswer(
      name: "a fifth message in parts", calls: .streams(5),
      bytes: [1, 3, 5, 7, 9].flatMap { RawFrame.data($0, [.begin, .more], [1]).bytes },
      end: .connection(.protocolError, "more than 4 messages in parts")),
    refused(
      "a message over the bound", .resourceExhausted, "a message over 65536 bytes",
      reset: .messageTooLarge,
      RawFrame.message([UInt8](repeating: 0, count: messageBytes + 1), on: 1)),
    refused(
      "a message over the bound in a stream", .resourceExhausted, "a message over 65536 bytes",
      reset: .messageTooLarge, calls: .streams(1),
      RawFrame.message([UInt8](repeating: 0, count: messageBytes * 2), on: 1)),
  ]

  /// What the clients of these rows accept.
  static let messageBytes = 64 << 10

  /// All of a stream's credit, by messages that have no bytes and cost 64 each.
  private static func creditUsedUp(_ stream: UInt32) -> [UInt8] {
    let frame = RawFrame.data(stream, .begin).bytes
    return (0..<(256 << 10) / WireLimits.messageOverheadBytes).flatMap { _ in frame }
  }

  // MARK: What is no answer to the call

  static let callRows = [
    refused(
      "two responses", .internal, "two responses", reset: .internalError,
      [.data(1, .begin), .data(1, .begin), .success(1)]),
    refused(
      "two responses, one with STATUS", .internal, "two responses",
      [.data(1, .begin), .success(1, message: [])]),
    refused("no response", .internal, "without a response", [.success(1)]),
    refused("a response that is none", .internal, "cannot be read", [.success(1, message: [255])]),
    refused(
      "a response that is none before STATUS", .internal, "cannot be read", reset: .internalError,
      [.data(1, .begin, [255]), .success(1)]),
    refused(
      "a response that is none in a stream", .internal, "cannot be read", reset: .internalError,
      calls: .streams(1), [.data(1, .begin, [255]), .success(1)]),
    refused("an unknown status", .unknown, "", [.status([99, 0, 0, 0, 0, 0, 0, 0])]),
    refused(
      "a failure with a response", .notFound, "",
      [RawFrame(type: .status, flags: .begin, stream: 1, payload: [5, 0, 0, 0, 0, 0, 0, 0])]),
    refused("an unknown RESET", .internal, "CODE_77", [.reset(1, ResetCode(rawValue: 77))]),
  ]
}
