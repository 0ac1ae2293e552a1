@_spi(Frames) import Wire

/// One frame of docs/protocol.md, section 13, as its bytes stand there.
struct GoldenFrame: Sendable, CustomStringConvertible {
  let description: String
  let type: FrameType
  let flags: FrameFlags
  let stream: UInt32
  let payload: [UInt8]
  let bytes: [UInt8]

  init(
    _ description: String, _ type: FrameType, _ flags: FrameFlags = [], stream: UInt32 = 0,
    header: String, _ payload: String
  ) {
    self.description = description
    self.type = type
    self.flags = flags
    self.stream = stream
    self.payload = WireTests.bytes(payload)
    bytes = WireTests.bytes(header) + self.payload
  }

  /// In the order of the page.
  static let all: [GoldenFrame] = [
    GoldenFrame(
      "OPEN", .open, [.begin, .end], stream: 1, header: "000018 02 0005 0000 00000001",
      "000000000016e360 0005 0005 612e422f43 01 0001 6b 76 082a"),
    GoldenFrame(
      "STATUS of a success", .status, .begin, stream: 1, header: "00000a 04 0004 0000 00000001",
      "00 00 0000 0000 0000 082a"),
    GoldenFrame(
      "STATUS of an error", .status, stream: 3, header: "00003c 04 0000 0000 00000003",
      """
      03 00 0007 0027 0006 6e6f206e616d65
      15 000f 676f6f676c652e7270632e42616452657175657374
      0a0d 0a046e616d65 1205656d707479 02 0001 6964 37
      """),
    GoldenFrame(
      "SETTINGS", .settings, header: "000024 01 0000 0000 00000000",
      "0001 00000100 0002 00400000 0003 00002000 0004 00040000 0005 00100000 0006 00002710"),
    GoldenFrame(
      "DATA", .data, [.begin, .more], stream: 7, header: "000003 03 0006 0000 00000007", "aabbcc"),
    GoldenFrame(
      "WINDOW", .window, stream: 5, header: "000004 05 0000 0000 00000005", "00010000"),
    GoldenFrame("RESET", .reset, stream: 5, header: "000004 06 0000 0000 00000005", "00000001"),
    GoldenFrame("PING", .ping, header: "000008 07 0000 0000 00000000", "0102030405060708"),
    GoldenFrame("PONG", .pong, header: "000008 08 0000 0000 00000000", "0102030405060708"),
    GoldenFrame(
      "GOAWAY", .goaway, header: "00000c 09 0000 0000 00000000", "00000009 00000005 736c6f77"),
    GoldenFrame("CREDENTIALS", .credentials, header: "000003 0a 0000 0000 00000000", "616263"),
  ]
}
