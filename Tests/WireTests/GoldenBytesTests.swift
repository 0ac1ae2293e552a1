import Testing
@_spi(Frames) import Wire

/// The bytes that docs/protocol.md shows. A change here is a change of the protocol.
@Suite struct GoldenBytesTests {
  @Test func `SETTINGS is six pairs of id and value`() throws {
    var settings = Settings()
    settings.streams = 256
    settings.messageBytes = 4 << 20
    settings.metadataBytes = 8_192
    settings.streamCreditBytes = 256 << 10
    settings.connectionCreditBytes = 1 << 20
    settings.pingIntervalMilliseconds = 10_000
    let payload = written(Settings.encodedBytes) { settings.write(to: &$0) }
    let whole = frame(.settings, payload)
    let golden = bytes(
      """
      000024 01 0000 0000 00000000
      0001 00000100  0002 00400000  0003 00002000
      0004 00040000  0005 00100000  0006 00002710
      """)
    #expect(whole == golden)
    let parsed = try golden.withUnsafeBytes { bytes throws in
      try Settings.parse(try #require(try Frame.parse(bytes)).payload)
    }
    #expect(parsed == settings)
  }

  @Test func `OPEN is timeout, lengths, method, metadata and the message`() throws {
    let head = OpenHead(
      method: "a.B/C", timeout: .milliseconds(1_500), metadata: ["k": "v"])
    let payload = written(head.encodedBytes) { head.write(to: &$0) } + [0x08, 0x2a]
    let whole = frame(.open, [.begin, .end], stream: 1, payload)
    let golden = bytes(
      """
      000018 02 0005 0000 00000001
      000000000016e360 0005 0005 612e422f43 01 0001 6b 76
      082a
      """)
    #expect(whole == golden)
    try golden.withUnsafeBytes { bytes throws in
      let frame = try #require(try Frame.parse(bytes))
      let (view, rest) = try OpenHeadView.parse(frame.payload)
      #expect(frame.header.type == .open)
      #expect(frame.header.flags == [.begin, .end])
      #expect(frame.header.stream == 1)
      #expect(view.owned == head)
      #expect(view.timeoutMicroseconds == 1_500_000)
      #expect(Array(rest) == [0x08, 0x2a])
    }
  }

  @Test func `DATA is the bytes of a message`() {
    let golden = bytes("000003 03 0006 0000 00000007 aabbcc")
    #expect(frame(.data, [.begin, .more], stream: 7, [0xaa, 0xbb, 0xcc]) == golden)
  }

  @Test func `STATUS of a success is eight zero bytes and the message`() {
    let golden = bytes("00000a 04 0004 0000 00000001 0000 0000 0000 0000 082a")
    let head = StatusHead(.ok)
    let payload = written(head.encodedBytes) { head.write(to: &$0) } + [0x08, 0x2a]
    #expect(frame(.status, .begin, stream: 1, payload) == golden)
    var success = [UInt8](repeating: 0xff, count: StatusHead.fixedBytes)
    success.withUnsafeMutableBytes { StatusHead.writeSuccess(to: $0.baseAddress!) }
    #expect(success == Array(payload.prefix(8)))
  }

  @Test func `STATUS of an error carries message, details and metadata`() throws {
    let status = RPCStatus(
      .invalidArgument, "no name",
      details: [.badRequest([FieldViolation(field: "name", description: "empty")])])
    let metadata: Metadata = ["id": "7"]
    let head = StatusHead(status, metadata: metadata)
    let payload = written(head.encodedBytes) { head.write(to: &$0) }
    // The detail's own bytes first, so that a mismatch says where it is.
    let detail = status.details[0].encoded
    #expect(detail == bytes("0a0d 0a046e616d65 1205656d707479"))
    let whole = frame(.status, stream: 3, payload)
    let golden =
      bytes("00003c 04 0000 0000 00000003 03 00 0007 0027 0006") + bytes("6e6f206e616d65")
      + bytes("15 000f 676f6f676c652e7270632e42616452657175657374")
      + bytes("0a0d 0a046e616d65 1205656d707479") + bytes("02 0001 6964 37")
    #expect(whole == golden)
    try whole.withUnsafeBytes { bytes throws in
      let frame = try #require(try Frame.parse(bytes))
      let (view, rest) = try StatusHeadView.parse(frame.payload)
      #expect(view.status == status)
      #expect(view.metadata.metadata == metadata)
      #expect(rest.isEmpty)
    }
  }

  @Test func `WINDOW, RESET, PING, PONG are small and fixed`() {
    func control(_ count: Int, _ write: (UnsafeMutableRawPointer) -> Void) -> [UInt8] {
      [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
        write(buffer.baseAddress!)
        used = count
      }
    }
    let window = control(ControlFrames.shortBytes) {
      ControlFrames.writeWindow(stream: 5, bytes: 65_536, to: $0)
    }
    #expect(window == bytes("000004 05 0000 0000 00000005 00010000"))
    let reset = control(ControlFrames.shortBytes) {
      ControlFrames.writeReset(stream: 5, code: .cancelled, to: $0)
    }
    #expect(reset == bytes("000004 06 0000 0000 00000005 00000001"))
    let ping = control(ControlFrames.pingBytes) {
      ControlFrames.writePing(.ping, payload: 0x0102_0304_0506_0708, to: $0)
    }
    #expect(ping == bytes("000008 07 0000 0000 00000000 0102030405060708"))
    let pong = control(ControlFrames.pingBytes) {
      ControlFrames.writePing(.pong, payload: 0x0102_0304_0506_0708, to: $0)
    }
    #expect(pong == bytes("000008 08 0000 0000 00000000 0102030405060708"))
  }

  @Test func `GOAWAY is the last stream, a code and words`() throws {
    let goAway = GoAway(lastStream: 9, code: .timeout, reason: "slow")
    let payload = written(goAway.encodedBytes) { goAway.write(to: &$0) }
    let golden = bytes("00000c 09 0000 0000 00000000 00000009 00000005 736c6f77")
    #expect(frame(.goaway, payload) == golden)
    let parsed = try payload.withUnsafeBytes { bytes throws in try GoAway.parse(bytes) }
    #expect(parsed == goAway)
  }

  @Test func `CREDENTIALS is the token`() {
    let golden = bytes("000003 0a 0000 0000 00000000 616263")
    #expect(frame(.credentials, Array("abc".utf8)) == golden)
  }
}
