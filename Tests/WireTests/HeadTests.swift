import Testing
@_spi(Frames) import Wire

@Suite struct HeadTests {
  @Test func `a head's timeout is whole microseconds, at least one`() {
    #expect(OpenHead.microseconds(.nanoseconds(1)) == 1)
    #expect(OpenHead.microseconds(.zero) == 1)
    #expect(OpenHead.microseconds(.seconds(-5)) == 1)
    #expect(OpenHead.microseconds(.microseconds(7)) == 7)
    #expect(OpenHead.microseconds(.microseconds(7) + .nanoseconds(1)) == 8)
    #expect(OpenHead.microseconds(.seconds(Int64.max)) == .max)
  }

  @Test func `a timeout of the largest number does not overflow`() throws {
    let payload = bytes("ffffffffffffffff 0003 0000 612f62")
    let timeout = try payload.withUnsafeBytes { try OpenHeadView.parse($0).head.timeout }
    #expect(timeout == .microseconds(Int64.max))
  }

  @Test(arguments: [
    "0000000000000000 0000 0000", "0000000000000000 0001 0000 20",
    "0000000000000000 0001 0000 7f", "0000000000000000 0005 0000 61",
    "0000000000000000 0001 0001 61", "0000000000000000 0001 0003 61 00 0000",
    "0000000000000000 0001 0004 61 01 0000 41", "0000000000000000 0001 0004 61 01 0005 61",
  ])
  func `an OPEN with an impossible head is refused`(_ hex: String) {
    #expect(throws: FrameError.self) {
      try bytes(hex).withUnsafeBytes { _ = try OpenHeadView.parse($0) }
    }
  }

  @Test func `metadata keeps its order and its bytes`() throws {
    var metadata = Metadata()
    metadata.append("1", for: "B")
    metadata.append([0, 255], for: "a-bin")
    metadata.append("2", for: "b")
    let head = OpenHead(method: "m", metadata: metadata)
    #expect(head.isEncodable)
    let payload = written(head.encodedBytes) { head.write(to: &$0) }
    #expect(payload.count == head.encodedBytes)
    try payload.withUnsafeBytes { bytes throws in
      let view = try OpenHeadView.parse(bytes).head.metadata
      #expect(view.metadata == metadata)
      #expect(view.value(for: "b").map(Array.init) == [UInt8(ascii: "1")])
      #expect(view.value(for: "c") == nil)
    }
    #expect(metadata["b"] == "1")
    #expect(metadata["a-bin"] == nil)
    #expect(metadata.bytes(for: "a-bin") == [0, 255])
  }

  @Test func `metadata that may not travel is known before it does`() {
    #expect(!Metadata([("", "v")]).isEncodable)
    #expect(!Metadata([("a b", "v")]).isEncodable)
    #expect(!Metadata([(String(repeating: "k", count: 65), "v")]).isEncodable)
    #expect(Metadata([(String(repeating: "k", count: 64), "v")]).isEncodable)
    #expect(Metadata([("k", String(repeating: "v", count: 8_188))]).isEncodable)
    #expect(!Metadata([("k", String(repeating: "v", count: 8_189))]).isEncodable)
    #expect(!Metadata((0..<129).map { ("k\($0)", "") }).isEncodable)
    #expect(!OpenHead(method: "").isEncodable)
    #expect(!OpenHead(method: "a b").isEncodable)
    #expect(!OpenHead(method: String(repeating: "a", count: 256)).isEncodable)
  }

  @Test func `every status code travels and an unknown one reads as unknown`() throws {
    for code in StatusCode.allCases {
      let head = StatusHead(RPCStatus(code, "é"))
      let payload = written(head.encodedBytes) { head.write(to: &$0) }
      let status = try payload.withUnsafeBytes { try StatusHeadView.parse($0).head.status }
      #expect(status == RPCStatus(code, "é"))
    }
    let status = try bytes("63 00 0000 0000 0000").withUnsafeBytes {
      try StatusHeadView.parse($0).head.status
    }
    #expect(status.code == .unknown)
  }

  @Test func `every detail travels as its google.rpc message`() throws {
    let details: [StatusDetail] = [
      .badRequest([
        FieldViolation(field: "a.b", description: "bad"),
        FieldViolation(field: "", description: ""),
      ]),
      .retryInfo(delay: .milliseconds(1_500)),
      .quotaFailure([QuotaViolation(subject: "user:1", description: "too many")]),
      .errorInfo(reason: "R", domain: "berth", metadata: ["x": "1", "y": ""]),
      .unknown(type: "some.Thing", bytes: [1, 2, 3]),
    ]
    let status = RPCStatus(.resourceExhausted, "no", details: details)
    let head = StatusHead(status)
    let payload = written(head.encodedBytes) { head.write(to: &$0) }
    let parsed = try payload.withUnsafeBytes { try StatusHeadView.parse($0).head.status }
    #expect(parsed == status)
    #expect(parsed.retryDelay == .milliseconds(1_500))
    #expect(parsed.fieldViolations.map(\.field) == ["a.b", ""])
  }

  @Test(arguments: [
    ("google.rpc.RetryInfo", "0a ff"), ("google.rpc.BadRequest", "0a 05 0a"),
    ("google.rpc.ErrorInfo", "ff ff ff ff ff ff ff ff ff ff ff"),
    ("google.rpc.RetryInfo", "0a 0b 08 ff ff ff ff ff ff ff ff 7f 10 00"),
  ])
  func `a detail that is not what it says stays bytes`(_ type: String, _ hex: String) {
    let content = bytes(hex)
    let detail = content.withUnsafeBytes { StatusDetail(typeName: type, bytes: $0) }
    #expect(detail == .unknown(type: type, bytes: content))
  }

  @Test func `a status over its bounds is cut, not refused`() throws {
    let long = String(repeating: "é", count: 2_000)
    let many = (0..<500).map {
      StatusDetail.unknown(type: "t\($0)", bytes: [UInt8](repeating: 1, count: 50))
    }
    let head = StatusHead(
      RPCStatus(.internal, long, details: many),
      metadata: Metadata([("k", String(repeating: "v", count: 9_000))]))
    #expect(head.encodedBytes <= WireLimits.payloadBytes)
    let payload = written(head.encodedBytes) { head.write(to: &$0) }
    let status = try payload.withUnsafeBytes { try StatusHeadView.parse($0).head.status }
    #expect(status.message == String(repeating: "é", count: 512))
    #expect(!status.details.isEmpty && status.details.count < 500)
    #expect(status.details == Array(many.prefix(status.details.count)))
  }

  @Test func `settings out of their range are refused, unknown ones skipped`() throws {
    let unknown = try bytes("ffff 00000001").withUnsafeBytes { try Settings.parse($0) }
    #expect(unknown == Settings())
    for hex in ["0002 00000001", "0004 00000001", "0005 0000ffff", "0004 ffffffff", "0001 00"] {
      #expect(throws: FrameError.self, "\(hex)") {
        try bytes(hex).withUnsafeBytes { _ = try Settings.parse($0) }
      }
    }
  }

  @Test func `WINDOW of nothing or of too much is refused`() {
    for hex in ["00000000", "80000000", "ffffffff"] {
      #expect(throws: FrameError.self) {
        try bytes(hex).withUnsafeBytes { _ = try ControlFrames.parseWindow($0) }
      }
    }
  }

  @Test func `status codes have gRPC's numbers and names`() {
    #expect(StatusCode.allCases.map(\.rawValue) == Array(0...16))
    #expect(StatusCode.notFound.name == "NOT_FOUND")
    #expect(StatusCode.unauthenticated.rawValue == 16)
    #expect("\(RPCStatus(.notFound, "no user"))" == "NOT_FOUND: no user")
  }
}

extension Metadata {
  fileprivate init(_ pairs: [(String, String)]) {
    self.init()
    for (key, value) in pairs { append(value, for: key) }
  }
}
