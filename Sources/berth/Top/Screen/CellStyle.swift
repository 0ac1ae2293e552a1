/// How a character looks.
struct CellStyle: Hashable {
  static let plain = CellStyle()
  static let bold = CellStyle(isBold: true)
  static let grey = CellStyle(colour: .grey)

  var colour: Terminal.Colour?
  var isBold = false
  var isReversed = false

  init(colour: Terminal.Colour? = nil, isBold: Bool = false, isReversed: Bool = false) {
    self.colour = colour
    self.isBold = isBold
    self.isReversed = isReversed
  }

  var reversed: CellStyle {
    var style = self
    style.isReversed = true
    return style
  }

  /// The control sequence that turns to it from any other.
  func sequence(hasColour: Bool) -> String {
    var codes = "0"
    if isBold { codes += ";1" }
    if isReversed { codes += ";7" }
    if let colour, hasColour { codes += ";\(colour.rawValue)" }
    return "\u{1b}[\(codes)m"
  }
}
