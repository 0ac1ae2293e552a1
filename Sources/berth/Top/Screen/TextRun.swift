/// Text of one style.
struct TextRun: Hashable {
  var text: String
  var style = CellStyle.plain

  init(_ text: String, _ style: CellStyle = .plain) {
    self.text = text
    self.style = style
  }
}

extension [TextRun] {
  /// In cells.
  var width: Int { reduce(0) { $0 + $1.text.width } }
  var text: String { map(\.text).joined() }
}
