/// How full something is, as blocks: in eighths of a cell.
enum TopBar {
  private static let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
  private static let heights = ["·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  static func spans(_ part: Double, width: Int) -> [TextRun] {
    let filled = Int((min(max(part, 0), 1) * Double(width * 8)).rounded())
    let full = String(repeating: "█", count: filled / 8) + eighths[filled % 8]
    let rest = String(repeating: "░", count: width - full.count)
    return [TextRun(full, CellStyle(colour: colour(part))), TextRun(rest, .grey)]
  }

  /// One character: how much of a device is in use, from nothing to all of it.
  static func device(_ part: Double) -> TextRun {
    let height = part <= 0 ? 0 : max(1, Int((min(part, 1) * 8).rounded()))
    return TextRun(heights[height], part <= 0 ? .grey : CellStyle(colour: colour(part)))
  }

  private static func colour(_ part: Double) -> Terminal.Colour {
    switch part {
    case ..<0.7: .green
    case ..<0.95: .yellow
    default: .red
    }
  }
}
