import Testing

@testable import berth

/// The grid of cells, and what is written so that a terminal shows it.
struct FrameTests {
  @Test(arguments: [
    ("plain", 5), ("百合", 4), ("e\u{301}te\u{301}", 3), ("a\u{200b}b", 2), ("\u{301}x", 1),
    ("👩‍👩‍👧", 2), ("🇩🇪", 1), ("ﾊﾝ", 2), ("\u{1112}\u{1161}\u{11ab}", 2), ("\u{202e}abc", 4),
    ("a\u{1b}[2Jb", 6), ("", 0),
  ])
  func `a text has its width in cells`(text: String, width: Int) {
    #expect(text.width == width, "\(text.glyphs)")
    #expect(
      !text.glyphs.contains { glyph in
        glyph.text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202e }
      })
  }

  @Test func `a mark that is piled on a character is cut`() {
    let pile = "a" + String(repeating: "\u{316}", count: 200)
    #expect(pile.width == 1 && pile.glyphs[0].text.unicodeScalars.count <= 3)
  }

  @Test func `text is cut with an ellipsis, and never in the middle of a character`() {
    for width in 1...8 {
      var frame = Frame(width: width, height: 1)
      let end = frame.put("a百合b", row: 0, column: 0)
      #expect(end <= width)
      #expect(frame.text(row: 0).width <= width)
      #expect(width >= 6 ? frame.text(row: 0) == "a百合b" : frame.text(row: 0).hasSuffix("…"))
    }
  }

  @Test func `half a wide character that is written over becomes a blank`() {
    var frame = Frame(width: 6, height: 1)
    frame.put("百合", row: 0, column: 0)
    frame.put("x", row: 0, column: 1)
    #expect(frame.text(row: 0) == " x合")
    frame.put("y", row: 0, column: 2)
    #expect(frame.text(row: 0) == " xy")
  }

  @Test func `nothing is written outside`() {
    var frame = Frame(width: 4, height: 2)
    frame.put("abcdef", row: 2, column: 0)
    frame.put("abcdef", row: -1, column: 0)
    frame.put("abcdef", row: 0, column: 9)
    #expect(frame == Frame(width: 4, height: 2))
  }

  @Test func `only what changed is written`() {
    var old = Frame(width: 20, height: 3)
    old.put("queue 10", row: 1, column: 0)
    var new = old
    new.put("queue 11", row: 1, column: 0)
    #expect(FrameDiff.output(from: old, to: old, hasColour: true).isEmpty)
    #expect(
      FrameDiff.output(from: old, to: new, hasColour: true) == "\u{1b}[2;8H\u{1b}[0m1\u{1b}[0m")
    let resized = FrameDiff.output(from: old, to: Frame(width: 21, height: 3), hasColour: true)
    #expect(resized.contains("\u{1b}[2J"))
  }

  @Test func `without colour there is none`() {
    var frame = Frame(width: 4, height: 1)
    frame.put("a", row: 0, column: 0, style: CellStyle(colour: .red, isBold: true))
    #expect(FrameDiff.output(from: nil, to: frame, hasColour: false).contains("\u{1b}[0;1ma"))
    #expect(FrameDiff.output(from: nil, to: frame, hasColour: true).contains("\u{1b}[0;1;31ma"))
  }

  /// A terminal of the simplest kind, to see what a difference does to it.
  private struct Screen {
    var cells: [[String]]
    private var (row, column) = (0, 0)

    init(width: Int, height: Int) {
      cells = Array(repeating: Array(repeating: " ", count: width), count: height)
    }

    mutating func write(_ output: String) {
      var rest = output[...]
      while let first = rest.first {
        if first == "\u{1b}", let end = rest.firstIndex(where: { "HJm".contains($0) }) {
          let numbers = rest[rest.index(rest.startIndex, offsetBy: 2)..<end].split(separator: ";")
          if rest[end] == "H" { (row, column) = (Int(numbers[0])! - 1, Int(numbers[1])! - 1) }
          if rest[end] == "J" {
            cells = cells.map { $0.map { _ in " " } }
          }
          rest = rest[rest.index(after: end)...]
          continue
        }
        let glyph = String(first).glyphs[0]
        if cells[row][column].isEmpty { cells[row][column - 1] = " " }
        let next = column + glyph.width
        if next < cells[row].count, cells[row][next].isEmpty { cells[row][next] = " " }
        cells[row][column] = glyph.text
        if glyph.width == 2 { cells[row][column + 1] = "" }
        column = next
        rest = rest.dropFirst()
      }
    }
  }

  @Test(arguments: 0..<20)
  func `a terminal that got every difference shows the last frame`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var screen = Screen(width: 12, height: 4)
    var shown: Frame?
    for _ in 0..<50 {
      var frame = shown ?? Frame(width: 12, height: 4)
      for _ in 0..<3 {
        let text = (0..<4).map { _ in ["a", "百", " ", "é", "7"].randomElement(using: &generator)! }
        frame.put(
          text.joined(), row: Int.random(in: 0..<4, using: &generator),
          column: Int.random(in: 0..<12, using: &generator))
      }
      screen.write(FrameDiff.output(from: shown, to: frame, hasColour: true))
      shown = frame
      let wanted = (0..<4).map { row in (0..<12).map { frame[row, $0].text } }
      #expect(screen.cells == wanted, "seed \(seed)")
    }
  }
}
