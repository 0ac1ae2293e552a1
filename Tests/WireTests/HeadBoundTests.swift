import Testing
@_spi(Frames) import Wire

/// The bounds that a server's frames can reach, at them and one beyond.
@Suite struct HeadBoundTests {
  static let statuses: [(String, message: Int, details: Int, metadata: Int, fits: Bool)] = [
    ("nothing", 0, 0, 0, true), ("the longest message", 1_024, 0, 0, true),
    ("a message beyond", 1_025, 0, 0, false), ("the most details", 0, 4_096, 0, true),
    ("details beyond", 0, 4_097, 0, false), ("the most metadata", 0, 0, 8_192, true),
    ("metadata beyond", 0, 0, 8_193, false), ("all of them", 1_024, 4_096, 8_192, true),
  ]

  /// One detail or one pair of metadata of `count` bytes in all.
  private static func filled(_ count: Int, detail: Bool) -> [UInt8] {
    guard count > 0 else { return [] }
    let value = count - 4
    return [1, UInt8(value >> 8), UInt8(value & 255), UInt8(ascii: "k")]
      + [UInt8](repeating: 0, count: value)
  }

  private static func status(message: Int, details: Int, metadata: Int) -> [UInt8] {
    var head: [UInt8] = [0, 0]
    for count in [message, details, metadata] { head += [UInt8(count >> 8), UInt8(count & 255)] }
    return head + [UInt8](repeating: 97, count: message) + filled(details, detail: true)
      + filled(metadata, detail: false)
  }

  @Test(arguments: statuses)
  func `a STATUS at its bounds is read, one beyond is refused`(
    _ name: String, _ message: Int, _ details: Int, _ metadata: Int, _ fits: Bool
  ) throws {
    let payload = Self.status(message: message, details: details, metadata: metadata)
    guard fits else {
      let error = #expect(throws: FrameError.self) {
        try payload.withUnsafeBytes { _ = try StatusHeadView.parse($0) }
      }
      #expect(error?.closeCode == .protocolError)
      return
    }
    try payload.withUnsafeBytes { bytes throws in
      let (head, rest) = try StatusHeadView.parse(bytes)
      #expect(head.status.message.utf8.count == message)
      #expect(head.status.details.count == (details > 0 ? 1 : 0))
      #expect(head.metadata.metadata.encodedBytes == metadata)
      #expect(rest.isEmpty)
    }
  }

  @Test(arguments: [
    "00 01 0000 0000 0000", "00 00 0001 0000 0000", "00 00 0000 0003 0000 000000",
    "00 00 0000 0004 0000 01000161", "00 00 0000 0000 0004 01000041",
  ])
  func `a STATUS that breaks its grammar is refused`(_ hex: String) {
    #expect(throws: FrameError.self) {
      try bytes(hex).withUnsafeBytes { _ = try StatusHeadView.parse($0) }
    }
  }

  @Test(arguments: [(0, true), (1, true), (0x7fff_ffff, true), (0x8000_0000, false)])
  func `a GOAWAY's last stream has no top bit`(_ last: UInt32, _ fits: Bool) {
    let payload = (0..<4).map { UInt8(truncatingIfNeeded: last >> (24 - $0 * 8)) } + [0, 0, 0, 0]
    let parsed = payload.withUnsafeBytes { try? GoAway.parse($0) }
    #expect(parsed?.lastStream == (fits ? last : nil))
  }

  @Test func `a GOAWAY's reason is cut at 512 bytes`() {
    let long = GoAway(lastStream: 1, code: .noError, reason: String(repeating: "é", count: 300))
    #expect(long.reason.utf8.count == 512)
    #expect(long.encodedBytes == 520)
  }
}
