/// What a terminal shows: a grid of cells.
struct Frame: Equatable {
  struct Cell: Hashable {
    static let empty = Cell(text: " ", style: .plain)
    /// The second half of a wide character, which stands in the cell before.
    static let rest = Cell(text: "", style: .plain)

    var text: String
    var style: CellStyle
  }

  let width: Int
  let height: Int
  private(set) var cells: [Cell]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    cells = Array(repeating: .empty, count: width * height)
  }

  subscript(row: Int, column: Int) -> Cell { cells[row * width + column] }

  /// Writes text from `column` on, cut at `end` (the frame's where it is nil) with an ellipsis;
  /// returns the column behind it.
  @discardableResult
  mutating func put(
    _ text: String, row: Int, column: Int, end: Int? = nil, style: CellStyle = .plain
  ) -> Int {
    let end = min(end ?? width, width)
    guard 0..<height ~= row, 0..<end ~= column else { return column }
    let glyphs = text.glyphs
    let isCut = glyphs.reduce(0) { $0 + $1.width } > end - column
    var next = column
    for glyph in glyphs {
      guard next + glyph.width <= (isCut ? end - 1 : end) else { break }
      set(glyph, row, next, style)
      next += glyph.width
    }
    if isCut {
      set(Glyph(text: "…", width: 1), row, next, style)
      next += 1
    }
    return next
  }

  /// Writes runs one behind the other; returns the column behind them.
  @discardableResult
  mutating func put(_ runs: [TextRun], row: Int, column: Int, end: Int? = nil) -> Int {
    var next = column
    for run in runs {
      next = put(run.text, row: row, column: next, end: end, style: run.style)
    }
    return next
  }

  /// Gives cells of a row another style: all of them, or from `column` to `end`.
  mutating func style(row: Int, from column: Int = 0, to end: Int? = nil, as style: CellStyle) {
    guard 0..<height ~= row else { return }
    for column in column..<min(end ?? width, width) {
      cells[row * width + column].style = style
    }
  }

  /// Empties rows.
  mutating func clear(rows: Range<Int>) {
    for row in rows where 0..<height ~= row {
      for column in 0..<width { cells[row * width + column] = .empty }
    }
  }

  /// The characters of a row, without those blanks at its end.
  func text(row: Int) -> String {
    var text = cells[row * width..<(row + 1) * width].map(\.text).joined()
    while text.last == " " { text.removeLast() }
    return text
  }

  /// Its rows as text, with their styles where there is colour.
  func lines(hasColour: Bool) -> [String] {
    guard hasColour else { return (0..<height).map { text(row: $0) } }
    return (0..<height).map { row in
      var line = ""
      var style = CellStyle.plain
      for column in 0..<width {
        let cell = self[row, column]
        if cell.style != style {
          line += cell.style.sequence(hasColour: true)
          style = cell.style
        }
        line += cell.text
      }
      return line + (style == .plain ? "" : CellStyle.plain.sequence(hasColour: true))
    }
  }

  private mutating func set(_ glyph: Glyph, _ row: Int, _ column: Int, _ style: CellStyle) {
    let index = row * width + column
    // Half a wide character is none.
    if cells[index].text.isEmpty, column > 0 { cells[index - 1].text = " " }
    let after = index + glyph.width
    if column + glyph.width < width, cells[after].text.isEmpty { cells[after].text = " " }
    cells[index] = Cell(text: glyph.text, style: style)
    if glyph.width == 2 { cells[index + 1] = Cell(text: "", style: style) }
  }
}
