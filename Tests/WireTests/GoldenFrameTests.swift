import Foundation
import Testing
@_spi(Frames) import Wire

/// Every frame type, both ways, and that the page and the tests show the same bytes.
@Suite struct GoldenFrameTests {
  @Test(arguments: GoldenFrame.all)
  func `a golden frame is read as what it is`(_ golden: GoldenFrame) throws {
    try golden.bytes.withUnsafeBytes { bytes throws in
      let frame = try #require(try Frame.parse(bytes))
      #expect(frame.header.type == golden.type)
      #expect(frame.header.flags == golden.flags)
      #expect(frame.header.stream == golden.stream)
      #expect(frame.header.length == golden.payload.count)
      #expect(Array(frame.payload) == golden.payload)
    }
    // A byte less is not a frame yet.
    let isWhole = try golden.bytes.dropLast().withUnsafeBytes { try Frame.parse($0) != nil }
    #expect(!isWhole)
  }

  @Test(arguments: GoldenFrame.all)
  func `what it is is written as the golden frame`(_ golden: GoldenFrame) throws {
    let payload = try golden.payload.withUnsafeBytes { try Self.rewritten($0, golden) }
    #expect(frame(golden.type, golden.flags, stream: golden.stream, payload) == golden.bytes)
  }

  @Test func `every frame type has its golden bytes`() {
    #expect(Set(GoldenFrame.all.map(\.type)) == Set(FrameType.allCases))
  }

  /// Parses a payload to the value it stands for and writes that.
  private static func rewritten(
    _ payload: UnsafeRawBufferPointer, _ golden: GoldenFrame
  ) throws -> [UInt8] {
    switch golden.type {
    case .settings:
      let settings = try Settings.parse(payload)
      return written(Settings.encodedBytes) { settings.write(to: &$0) }
    case .open:
      let (view, rest) = try OpenHeadView.parse(payload)
      let head = view.owned
      return written(head.encodedBytes) { head.write(to: &$0) } + Array(rest)
    case .status:
      let (view, rest) = try StatusHeadView.parse(payload)
      let head = StatusHead(view.status, metadata: view.metadata.metadata)
      return written(head.encodedBytes) { head.write(to: &$0) } + Array(rest)
    case .window:
      let bytes = try ControlFrames.parseWindow(payload)
      return control(ControlFrames.shortBytes) {
        ControlFrames.writeWindow(stream: golden.stream, bytes: bytes, to: $0)
      }
    case .reset:
      let code = try ControlFrames.parseReset(payload)
      return control(ControlFrames.shortBytes) {
        ControlFrames.writeReset(stream: golden.stream, code: code, to: $0)
      }
    case .ping, .pong:
      let value = try ControlFrames.parsePing(payload)
      return control(ControlFrames.pingBytes) {
        ControlFrames.writePing(golden.type, payload: value, to: $0)
      }
    case .goaway:
      let goAway = try GoAway.parse(payload)
      return written(goAway.encodedBytes) { goAway.write(to: &$0) }
    case .data, .credentials:
      return Array(payload)
    }
  }

  /// The payload of a whole frame that `write` writes, whose header must be right too.
  private static func control(_ count: Int, _ write: (UnsafeMutableRawPointer) -> Void) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xff, count: count)
    bytes.withUnsafeMutableBytes { buffer in
      if let base = buffer.baseAddress { write(base) }
    }
    let header = bytes.withUnsafeBytes { try? FrameHeader.parse($0) }
    #expect(header?.frameBytes == count)
    return Array(bytes.dropFirst(WireLimits.headerBytes))
  }

  @Test func `section 13 of the page shows these bytes and no others`() throws {
    let page = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("docs/protocol.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let section = try #require(text.components(separatedBy: "\n## 13. ").last)
      .components(separatedBy: "\n## 14. ")[0]
    let lines = section.split(separator: "\n").filter { $0.hasPrefix("    ") }
    // Words stand behind three spaces or more.
    let shown = lines.flatMap { line -> [UInt8] in
      let digits = line.drop { $0 == " " }.description.components(separatedBy: "   ")[0]
      return digits.allSatisfy { $0.isHexDigit || $0 == " " } ? bytes(digits) : [0xff]
    }
    #expect(shown == GoldenFrame.all.flatMap(\.bytes))
  }
}
