import Foundation

/// Rows under headings, in columns as wide as their widest cell.
struct Table {
  private let headings: [String]
  private var rows: [[String]] = []

  init(_ headings: String...) { self.headings = headings }

  mutating func add(_ cells: String...) { rows.append(cells) }

  func print() {
    var widths = headings.map(\.count)
    for row in rows {
      for (column, cell) in row.enumerated() {
        widths[column] = max(widths[column], Self.width(cell))
      }
    }
    Terminal.print(Terminal.coloured(line(headings, widths), .grey))
    for row in rows { Terminal.print(line(row, widths)) }
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    let padded = cells.enumerated().map { column, cell in
      column == cells.count - 1
        ? cell : cell + String(repeating: " ", count: widths[column] - Self.width(cell))
    }
    return padded.joined(separator: "  ")
  }

  /// Without the colours' escape sequences.
  private static func width(_ cell: String) -> Int {
    guard cell.contains("\u{1b}") else { return cell.count }
    var count = 0
    var inEscape = false
    for character in cell {
      if character == "\u{1b}" { inEscape = true }
      if !inEscape { count += 1 }
      if inEscape, character == "m" { inEscape = false }
    }
    return count
  }
}
