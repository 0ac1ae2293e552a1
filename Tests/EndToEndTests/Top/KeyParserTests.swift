import Testing

@testable import berth

/// What bytes of a terminal mean.
struct KeyParserTests {
  private static func keys(_ bytes: [UInt8]) -> [Key] {
    var parser = KeyParser()
    let keys = bytes.flatMap { parser.take($0) }
    return keys + (parser.timeout().map { [$0] } ?? [])
  }

  @Test(
    arguments: [
      ("\u{1b}[A", [.up]), ("\u{1b}OB", [.down]), ("\u{1b}[5~", [.pageUp]),
      ("\u{1b}[6~", [.pageDown]),
      ("\u{1b}[1~", [.home]), ("\u{1b}OF", [.end]), ("\u{1b}[Z", [.backTab]), ("\t", [.tab]),
      ("\u{1b}[15~", []), ("\u{1b}[1;5A", [.up]), ("\u{1b}", [.escape]),
      ("\u{1b}q", [.escape, .character("q")]),
      ("\u{1b}\u{1b}", [.escape, .escape]), ("\r", [.enter]), ("\u{7f}", [.backspace]),
      ("\u{3}", [.control("c")]), ("ä百x", [.character("ä"), .character("百"), .character("x")]),
      ("\u{1b}[200~", []), ("\u{85}", []), ("\u{0}", []),
    ] as [(String, [Key])])
  func `a sequence is a key`(text: String, keys: [Key]) {
    #expect(Self.keys(Array(text.utf8)) == keys)
  }

  @Test func `broken characters and endless sequences are left out`() {
    #expect(Self.keys([0xff, 0xc3, 0x61]) == [.character("a")])
    #expect(Self.keys([0xe2, 0x82]) == [])
    let endless = [0x1b, 0x5b] + Array(repeating: UInt8(ascii: "1"), count: 40)
    #expect(Self.keys(endless + Array("q".utf8)).last == .character("q"))
  }

  @Test func `no bytes break it`() {
    for seed in 0..<50 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      var parser = KeyParser()
      for _ in 0..<2_000 { _ = parser.take(UInt8.random(in: 0...255, using: &generator)) }
      _ = parser.timeout()
    }
  }
}
