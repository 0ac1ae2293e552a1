/// What has to be written to a terminal so that it shows another frame.
enum FrameDiff {
  /// - Parameter old: what it shows; nil, or of another size: nothing that is known.
  static func output(from old: Frame?, to new: Frame, hasColour: Bool) -> String {
    let known = old.flatMap { $0.width == new.width && $0.height == new.height ? $0 : nil }
    var writer = Writer(hasColour: hasColour)
    if known == nil { writer.clear() }
    for row in 0..<new.height {
      for column in 0..<new.width {
        let cell = new[row, column]
        // A half that stayed while the other one changed is written with it.
        if cell.text.isEmpty || cell == (known?[row, column] ?? .empty) { continue }
        writer.write(
          cell, row: row, column: column,
          width: column + 1 < new.width
            && new[row, column + 1].text.isEmpty ? 2 : 1)
      }
    }
    writer.finish()
    return writer.output
  }

  private struct Writer {
    let hasColour: Bool
    var output = ""
    private var style: CellStyle?
    /// Where the terminal's cursor is; nil: it cannot be told.
    private var cursor: (row: Int, column: Int)?

    init(hasColour: Bool) { self.hasColour = hasColour }

    mutating func clear() {
      output += "\u{1b}[0m\u{1b}[2J"
      style = .plain
    }

    mutating func write(_ cell: Frame.Cell, row: Int, column: Int, width: Int) {
      if cursor?.row != row || cursor?.column != column {
        output += "\u{1b}[\(row + 1);\(column + 1)H"
      }
      if style != cell.style {
        output += cell.style.sequence(hasColour: hasColour)
        style = cell.style
      }
      output += cell.text
      // A terminal that is of another mind about a character's width shifts nothing behind it.
      cursor = cell.text.utf8.count == 1 ? (row, column + width) : nil
    }

    mutating func finish() {
      if !output.isEmpty { output += "\u{1b}[0m" }
    }
  }
}
