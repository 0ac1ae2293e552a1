import TestSupport
import Testing
@_spi(Frames) import Wire

/// The same frames come out however their bytes come in.
@Suite struct FrameStreamTests {
  struct Parsed: Equatable {
    let header: FrameHeader
    let payload: [UInt8]
  }

  /// Feeds chunks as a connection does: whole frames off the front, the rest kept.
  static func parse(_ chunks: [[UInt8]]) throws -> [Parsed] {
    var result: [Parsed] = []
    var waiting: [UInt8] = []
    for chunk in chunks {
      waiting += chunk
      var offset = 0
      while true {
        let frame = try waiting.withUnsafeBytes { bytes throws -> Parsed? in
          let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
          return try Frame.parse(rest).map { Parsed(header: $0.header, payload: Array($0.payload)) }
        }
        guard let frame else { break }
        offset += frame.header.frameBytes
        result.append(frame)
      }
      waiting.removeFirst(offset)
    }
    return result
  }

  static let frames: [[UInt8]] = [
    frame(.settings, bytes("0001 00000100")),
    frame(.open, [.begin, .end], stream: 1, bytes("0000000000000000 0003 0000 612f62 01")),
    frame(.data, [.begin, .more], stream: 1, [UInt8](repeating: 1, count: 16_372)),
    frame(.data, .end, stream: 1, bytes("02")),
    frame(.status, stream: 1, [UInt8](repeating: 0, count: 8)),
    frame(.window, bytes("00010000")), frame(.window, stream: 3, bytes("00010000")),
    frame(.reset, stream: 3, bytes("00000001")), frame(.ping, bytes("0000000000000001")),
    frame(.pong, bytes("0000000000000001")), frame(.goaway, bytes("0000000000000000")),
    frame(.credentials, Array("abc".utf8)), bytes("000001 40 8000 0000 00000000 ff"),
  ]

  @Test func `whole, batched and byte by byte are the same`() throws {
    let whole = try Self.parse(Self.frames)
    #expect(whole.count == Self.frames.count)
    #expect(whole.map(\.header.frameBytes) == Self.frames.map(\.count))
    let all = Self.frames.flatMap { $0 }
    #expect(try Self.parse([all]) == whole)
    #expect(try Self.parse(all.map { [$0] }) == whole)
  }

  @Test func `cut anywhere at random they are the same`() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    let all = Self.frames.flatMap { $0 }
    let whole = try Self.parse([all])
    for _ in 0..<50 {
      var chunks: [[UInt8]] = []
      var rest = all[...]
      while !rest.isEmpty {
        let count = min(rest.count, Int.random(in: 1...4_000, using: &random))
        chunks.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      #expect(try Self.parse(chunks) == whole, "seed \(seed)")
    }
  }

  @Test func `random bytes end in an error or wait for more, and never trap`() {
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    var refused = 0
    for _ in 0..<20_000 {
      var bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in
        UInt8.random(in: .min ... .max, using: &random)
      }
      // Half of them get a believable front, to come further.
      if bytes.count >= 12, Bool.random(using: &random) {
        bytes[0] = 0
        bytes[1] = 0
        bytes[2] = UInt8(bytes.count - 12)
        bytes[3] = UInt8.random(in: 1...10, using: &random)
        bytes[4] = 0
        bytes[5] &= 7
        bytes[6] = 0
        bytes[7] = 0
        bytes[8] = 0
      }
      do {
        for parsed in try Self.parse([bytes]) { try Self.parsePayload(parsed) }
      } catch is FrameError {
        refused += 1
      } catch {
        Issue.record("seed \(seed): \(error)")
      }
    }
    #expect(refused > 1_000, "seed \(seed)")
  }

  private static func parsePayload(_ frame: Parsed) throws {
    try frame.payload.withUnsafeBytes { payload throws in
      switch frame.header.type {
      case .settings: _ = try Settings.parse(payload)
      case .open: _ = try OpenHeadView.parse(payload).head.owned
      case .status:
        let head = try StatusHeadView.parse(payload).head
        _ = (head.status, head.metadata.metadata)
      case .window: _ = try ControlFrames.parseWindow(payload)
      case .reset: _ = try ControlFrames.parseReset(payload)
      case .ping, .pong: _ = try ControlFrames.parsePing(payload)
      case .goaway: _ = try GoAway.parse(payload)
      case .data, .credentials, nil: break
      }
    }
  }
}
