/// The bounds of docs/protocol.md that frames can reach, section by section.
enum BoundRows {
  typealias Row = ProtocolBoundTests.Row

  static let all: [Row] = frames + settings + heads + control + calls + messages + credit

  private static let settled = RawFrame(1, [])

  private static func row(
    _ name: String, _ atBound: [RawFrame], _ beyond: [RawFrame], ends code: UInt32
  ) -> Row {
    Row(name, [settled] + atBound, [settled] + beyond, ends: code)
  }

  static func open(
    _ method: String, stream: UInt32 = 1, _ flags: UInt16 = 5, metadata: [UInt8] = [],
    message: [UInt8] = []
  ) -> RawFrame {
    var head = Bytes.big(0, 8) + Bytes.big(UInt64(method.utf8.count), 2)
    head += Bytes.big(UInt64(metadata.count), 2) + Array(method.utf8) + metadata
    return RawFrame(2, flags, stream: stream, head + message)
  }

  private static func data(_ flags: UInt16, _ count: Int, stream: UInt32 = 1) -> RawFrame {
    RawFrame(3, flags, stream: stream, zeros(count))
  }

  private static func zeros(_ count: Int) -> [UInt8] { Blob.filled(0, count) }

  private static func four(_ value: UInt64) -> [UInt8] { Bytes.big(value, 4) }

  private static func changed(_ frame: RawFrame, _ change: (inout RawFrame) -> Void) -> RawFrame {
    var frame = frame
    change(&frame)
    return frame
  }

  // MARK: Section 2

  private static let stream = open("h/a", 4)

  private static let frames: [Row] = [
    row("a frame of 16,384 bytes", [stream, data(4, 16_372)], [stream, data(4, 16_373)], ends: 2),
    row(
      "the reserved bits", [RawFrame(7, zeros(8))],
      [changed(RawFrame(7, zeros(8))) { $0.reserved = 1 }], ends: 1),
    row(
      "the highest stream", [open("h/a", stream: 0x7fff_ffff)],
      [open("h/a", stream: 0x8000_0001)], ends: 1),
    row("an even stream", [open("h/a", stream: 3)], [open("h/a", stream: 2)], ends: 1),
    row(
      "an unknown flag", [stream, data(0x8004, 1)], [stream, data(0x000c, 1)], ends: 1),
    row("a flag that the type has not", [RawFrame(10, 0x8000, [])], [RawFrame(10, 4, [])], ends: 1),
    row("MORE together with END", [stream, data(6, 1)], [stream, data(7, 1)], ends: 1),
    row("OPEN with MORE but not BEGIN", [open("h/a", 6)], [open("h/a", 2)], ends: 1),
    row("an unknown type", [RawFrame(11, 0x8000, [])], [RawFrame(11, [])], ends: 1),
    row("a type's place", [RawFrame(7, zeros(8))], [RawFrame(7, stream: 1, zeros(8))], ends: 1),
    row("a stream's type", [stream, data(4, 1)], [stream, data(4, 1, stream: 0)], ends: 1),
  ]

  // MARK: Section 3

  private static func setting(_ id: UInt16, _ value: UInt64) -> [RawFrame] {
    [RawFrame(1, Bytes.big(UInt64(id), 2) + four(value))]
  }

  private static func pairs(_ count: Int) -> [RawFrame] {
    [RawFrame(1, (0..<count).flatMap { _ in [0, 99] + four(7) })]
  }

  private static let settings: [Row] = [
    Row("sixty-four settings", pairs(64), pairs(65), ends: 1),
    Row("whole pairs", setting(1, 0), [RawFrame(1, zeros(7))], ends: 1),
    Row("SETTINGS first", [settled], [RawFrame(7, zeros(8))], ends: 1),
    Row("SETTINGS once", [settled], [settled, settled], ends: 1),
    Row("least message", setting(2, 65_536), setting(2, 65_535), ends: 1),
    Row("largest message", setting(2, 0x7fff_ffff), setting(2, 0x8000_0000), ends: 1),
    Row("least credit of a stream", setting(4, 65_536), setting(4, 65_535), ends: 1),
    Row("most credit of a stream", setting(4, 0x7fff_ffff), setting(4, 0x8000_0000), ends: 1),
    Row("least credit", setting(5, 65_536), setting(5, 65_535), ends: 1),
    Row("most credit", setting(5, 0x7fff_ffff), setting(5, 0x8000_0000), ends: 1),
    // More metadata than 8,192 is taken for that.
    Row("metadata of any size", setting(3, 0xffff_ffff), setting(2, 0), ends: 1),
  ]

  /// Pairs of a key of one byte and an empty value, four bytes each.
  private static func metadata(pairs count: Int) -> [UInt8] {
    (0..<count).flatMap { _ in [1, 0, 0, UInt8(ascii: "k")] }
  }

  private static func metadata(key: [UInt8]) -> [UInt8] { [UInt8(key.count), 0, 0] + key }

  private static func metadata(bytes count: Int) -> [UInt8] {
    [1] + Bytes.big(UInt64(count - 4), 2) + [UInt8(ascii: "k")] + zeros(count - 4)
  }

  private static func letters(_ count: Int) -> String { String(repeating: "h", count: count) }

  private static let heads: [Row] = [
    row("the shortest method", [open("h")], [open("")], ends: 1),
    row("the longest method", [open(letters(255))], [open(letters(256))], ends: 1),
    row("a method's first character", [open("h!")], [open("h ")], ends: 1),
    row("a method's last character", [open("h~")], [open("h\u{7f}")], ends: 1),
    row(
      "128 pairs of metadata", [open("h", metadata: metadata(pairs: 128))],
      [open("h", metadata: metadata(pairs: 129))], ends: 1),
    row(
      "the shortest key", [open("h", metadata: metadata(key: [97]))],
      [open("h", metadata: metadata(key: []))], ends: 1),
    row(
      "the longest key", [open("h", metadata: metadata(key: Array(letters(64).utf8)))],
      [open("h", metadata: metadata(key: Array(letters(65).utf8)))], ends: 1),
    row(
      "a key's characters", [open("h", metadata: metadata(key: Array("az09-_.".utf8)))],
      [open("h", metadata: metadata(key: Array("aZ".utf8)))], ends: 1),
    Row(
      "8,192 bytes of metadata", [settled, open("h", metadata: metadata(bytes: 8_192))],
      [settled, open("h", metadata: metadata(bytes: 8_193))],
      .status(stream: 1, code: 8, message: nil)),
    row("bytes of no message", [open("h", 1)], [open("h", 1, message: [1])], ends: 1),
  ]

  private static let control: [Row] = [
    row("the least WINDOW", [RawFrame(5, four(1))], [RawFrame(5, four(0))], ends: 1),
    row(
      "the most credit to send", [RawFrame(5, four(0x7fff_ffff - 65_536))],
      [RawFrame(5, four(0x7fff_ffff - 65_535))], ends: 1),
    row(
      "the most credit to send on a stream",
      [stream, RawFrame(5, stream: 1, four(0x7fff_ffff - 65_536))],
      [stream, RawFrame(5, stream: 1, four(0x7fff_ffff - 65_535))], ends: 1),
    row(
      "the highest code of RESET", [stream, RawFrame(6, stream: 1, four(0xffff_fffe))],
      [stream, RawFrame(6, stream: 1, four(0xffff_ffff))], ends: 1),
    row("eight bytes of PING", [RawFrame(7, zeros(8))], [RawFrame(7, zeros(7))], ends: 1),
    row("eight bytes of PONG", [RawFrame(8, zeros(8))], [RawFrame(8, zeros(9))], ends: 1),
    row(
      "a GOAWAY's reason", [RawFrame(9, zeros(8 + 512))], [RawFrame(9, zeros(8 + 513))], ends: 1),
    row(
      "a GOAWAY's last stream", [RawFrame(9, four(0x7fff_ffff) + four(0))],
      [RawFrame(9, four(0x8000_0000) + four(0))], ends: 1),
    row(
      "a later GOAWAY", [RawFrame(9, four(5) + four(0)), RawFrame(9, four(5) + four(0))],
      [RawFrame(9, four(5) + four(0)), RawFrame(9, four(6) + four(0))], ends: 1),
    row("a token", [RawFrame(10, zeros(8_192))], [RawFrame(10, zeros(8_193))], ends: 1),
    row("only a server's", [RawFrame(10, [])], [RawFrame(4, stream: 1, zeros(8))], ends: 1),
    row("PINGs at once", pings(100), pings(101), ends: 4),
  ]

  private static func pings(_ count: Int) -> [RawFrame] {
    (0..<count).map { _ in RawFrame(7, zeros(8)) }
  }

  // MARK: Section 4

  private static func holds(_ count: Int) -> [RawFrame] {
    (0..<count).map { open("h", stream: UInt32($0) * 2 + 1) }
  }

  /// OPEN and RESET of `count` streams whose handlers end at once when they are told.
  private static func resets(_ count: Int) -> [RawFrame] {
    (0..<count).flatMap { index -> [RawFrame] in
      let id = UInt32(index) * 2 + 1
      return [open("s", stream: id, 0), RawFrame(6, stream: id, four(1))]
    }
  }

  private static let calls: [Row] = [
    Row(
      "256 streams", [settled] + holds(256), [settled] + holds(257), .reset(stream: 513, code: 2)),
    row("200 resets", resets(200), resets(201), ends: 4),
    row("200 streams refused", holds(256 + 200), holds(256 + 201), ends: 4),
    row(
      "numbers go up", [open("h", stream: 5), open("h", stream: 7)],
      [open("h", stream: 5), open("h", stream: 3)], ends: 1),
    row(
      "DATA of an opened stream", [stream, data(4, 1)], [stream, data(4, 1, stream: 3)], ends: 1),
    row(
      "WINDOW of an opened stream", [stream, RawFrame(5, stream: 1, four(1))],
      [stream, RawFrame(5, stream: 3, four(1))], ends: 1),
    row(
      "RESET of an opened stream", [stream, RawFrame(6, stream: 1, four(1))],
      [stream, RawFrame(6, stream: 3, four(1))], ends: 1),
    row(
      "nothing after END", [stream, data(5, 1)], [stream, data(5, 1), data(4, 1)], ends: 1),
    row("nothing after END alone", [open("h", 5)], [open("h", 5), data(1, 0)], ends: 1),
  ]

  // MARK: Section 5

  /// Parts of a message of `count` bytes on a stream that is open, its end among them or not.
  static func message(_ count: Int, stream: UInt32 = 1, isWhole: Bool = true) -> [RawFrame] {
    var frames: [RawFrame] = []
    var left = count
    while left > 0 {
      let part = min(left, 16_372)
      left -= part
      let flags: UInt16 = (frames.isEmpty ? 4 : 0) | (left > 0 || !isWhole ? 2 : 0)
      frames.append(data(flags, part, stream: stream))
    }
    return frames
  }

  private static func inParts(_ count: Int) -> [RawFrame] {
    (0..<count).map { open("h", stream: UInt32($0) * 2 + 1, 6, message: [1]) }
  }

  private static let messages: [Row] = [
    Row(
      "a message of 4 MiB", [settled, stream] + message(4 << 20),
      [settled, stream] + message((4 << 20) + 1), .status(stream: 1, code: 8, message: nil)),
    row("4 messages in parts", inParts(4), inParts(5), ends: 1),
    row(
      "4 messages in parts by DATA",
      holdsOpen(4) + (0..<4).map { data(6, 1, stream: UInt32($0) * 2 + 1) },
      holdsOpen(5) + (0..<5).map { data(6, 1, stream: UInt32($0) * 2 + 1) }, ends: 1),
    row(
      "an empty part", [stream, data(6, 1), data(2, 0), data(2, 1), data(2, 0), data(0, 1)],
      [stream, data(6, 1), data(2, 0), data(2, 0)], ends: 1),
    row(
      "an empty beginning", [stream, data(6, 0), data(2, 1)], [stream, data(6, 0), data(2, 0)],
      ends: 1),
    row(
      "an empty end and an empty beginning, which are two messages",
      [stream, data(6, 1), data(0, 0), data(6, 0), data(0, 1)],
      [stream, data(6, 1), data(2, 0), data(0, 0)], ends: 1),
    row(
      "a message after a message", [stream, data(6, 1), data(0, 1), data(4, 1)],
      [stream, data(6, 1), data(4, 1)], ends: 1),
    row("DATA of a message", [stream, data(6, 1), data(0, 1)], [stream, data(0, 1)], ends: 1),
    row("END alone", [stream, data(1, 0)], [stream, data(1, 1)], ends: 1),
  ]

  private static func holdsOpen(_ count: Int) -> [RawFrame] {
    (0..<count).map { open("h", stream: UInt32($0) * 2 + 1, 0) }
  }

  // MARK: Section 6

  private static let credit: [Row] = [
    row(
      "credit of a stream: the last byte of it",
      [stream] + message((256 << 10) - 64 - 1) + [data(4, 1)],
      [stream] + message((256 << 10) - 64) + [data(4, 1)], ends: 3),
    row(
      "credit of the connection: the last byte of it",
      holdsOpen(2) + message((1 << 20) - 64 - 1) + [data(4, 1, stream: 3)],
      holdsOpen(2) + message((1 << 20) - 64) + [data(4, 1, stream: 3)], ends: 3),
    row(
      "a message in OPEN costs nothing, one that begins there does",
      holdsOpen(1) + message((1 << 20) - 64) + [open("h", stream: 3, 4, message: [1])],
      holdsOpen(1) + message((1 << 20) - 64) + [open("h", stream: 3, 6, message: [1])], ends: 3),
    row(
      "empty messages cost 64 each", [stream] + (0..<4_096).map { _ in data(4, 0) },
      [stream] + (0..<4_097).map { _ in data(4, 0) }, ends: 3),
  ]
}
