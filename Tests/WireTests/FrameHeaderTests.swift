import Testing
@_spi(Frames) import Wire

@Suite struct FrameHeaderTests {
  static let refused: [(String, String)] = [
    ("a payload over the bound", "003ff5 03 0000 0000 00000001"),
    ("reserved bits", "000000 03 0001 0001 00000001"),
    ("the top bit of the stream", "000000 03 0001 0000 80000001"),
    ("an unknown type", "000000 7f 0000 0000 00000001"),
    ("type zero", "000000 00 0000 0000 00000000"),
    ("an unknown flag", "000000 03 0008 0000 00000001"),
    ("END on STATUS", "000008 04 0001 0000 00000001"),
    ("DATA on the connection", "000000 03 0001 0000 00000000"),
    ("SETTINGS on a stream", "000000 01 0000 0000 00000001"),
    ("an even stream", "000000 03 0001 0000 00000002"),
    ("END within a message", "000001 03 0003 0000 00000001"),
    ("MORE on OPEN without a message", "00000c 02 0002 0000 00000001"),
    ("OPEN shorter than its head", "00000b 02 0000 0000 00000001"),
    ("STATUS shorter than its head", "000007 04 0000 0000 00000001"),
    ("WINDOW of three bytes", "000003 05 0000 0000 00000001"),
    ("RESET of five bytes", "000005 06 0000 0000 00000001"),
    ("PING of seven bytes", "000007 07 0000 0000 00000000"),
    ("GOAWAY without a code", "000007 09 0000 0000 00000000"),
    ("GOAWAY with a novel", "000209 09 0000 0000 00000000"),
    ("CREDENTIALS over the bound", "002001 0a 0000 0000 00000000"),
    ("too many settings", "000186 01 0000 0000 00000000"),
  ]

  @Test(arguments: refused)
  func `is judged before its payload came`(_ what: String, _ hex: String) {
    #expect(throws: FrameError.self, "\(what)") {
      try bytes(hex).withUnsafeBytes { try Frame.parse($0) }
    }
  }

  @Test func `a frame of the largest size passes`() throws {
    let whole = frame(.data, .begin, stream: 1, [UInt8](repeating: 7, count: 16_372))
    #expect(whole.count == 16_384)
    try whole.withUnsafeBytes { bytes throws in
      #expect(try Frame.parse(bytes)?.payload.count == 16_372)
    }
  }

  @Test func `a frame of an unknown type passes if it may be ignored`() throws {
    try bytes("000002 7f 8001 0000 00000004 beef").withUnsafeBytes { bytes throws in
      let frame = try #require(try Frame.parse(bytes))
      #expect(frame.header.type == nil)
      #expect(frame.payload.count == 2)
    }
  }

  @Test func `what a header says comes back`() throws {
    let header = FrameHeader(.data, flags: [.begin, .end], stream: 0x7fff_ffff, length: 300)
    var bytes = [UInt8](repeating: 0, count: 12)
    bytes.withUnsafeMutableBytes { header.write(to: $0.baseAddress!) }
    #expect(try bytes.withUnsafeBytes { try FrameHeader.parse($0) } == header)
  }
}
