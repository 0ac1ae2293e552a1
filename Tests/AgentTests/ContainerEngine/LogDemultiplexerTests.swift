import Testing

@testable import ContainerEngine

@Suite struct LogDemultiplexerTests {
  private static func frame(_ stream: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    let count = UInt32(bytes.count)
    return [stream, 0, 0, 0]
      + (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) } + bytes
  }

  /// What was printed on each stream, and the largest chunk.
  private static func demultiplex(
    _ pieces: [ArraySlice<UInt8>]
  ) throws -> (out: [UInt8], err: [UInt8], largest: Int) {
    var demultiplexer = LogDemultiplexer()
    var out: [UInt8] = []
    var err: [UInt8] = []
    var largest = 0
    for piece in pieces {
      try demultiplexer.feed(piece) { chunk in
        if chunk.stream == .standardOutput { out += chunk.bytes } else { err += chunk.bytes }
        largest = max(largest, chunk.bytes.count)
      }
    }
    return (out, err, largest)
  }

  @Test func `frames come out the same whole, batched and byte by byte`() throws {
    let bytes =
      Self.frame(1, Array("hello\n".utf8)) + Self.frame(2, []) + Self.frame(2, Array("oh".utf8))
      + Self.frame(0, Array("typed".utf8)) + Self.frame(1, Array("bye".utf8))
    for size in 1...bytes.count {
      let pieces = stride(from: 0, to: bytes.count, by: size).map {
        bytes[$0..<min($0 + size, bytes.count)]
      }
      let (out, err, _) = try Self.demultiplex(pieces)
      #expect(String(decoding: out, as: UTF8.self) == "hello\nbye")
      #expect(String(decoding: err, as: UTF8.self) == "oh")
    }
  }

  @Test func `a large frame comes in chunks of at most 64 KiB and none is kept`() throws {
    let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let (out, _, largest) = try Self.demultiplex([Self.frame(1, body)[...]])
    #expect(out == body)
    #expect(largest == 64 * 1024)
  }

  @Test func `random bytes are refused or taken, and never trap`() {
    let seed = UInt64.random(in: .min ... .max)
    var generator = SplitMix(state: seed)
    var refused = 0
    for _ in 0..<2000 {
      var demultiplexer = LogDemultiplexer()
      let bytes = (0..<Int.random(in: 0...64, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      do { try demultiplexer.feed(bytes) { _ in } } catch { refused += 1 }
    }
    #expect(refused > 1000, "seed \(seed)")
  }
}
