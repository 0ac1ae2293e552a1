/// Cells in columns, fitted to a width: those that matter least are left out where it is narrow.
struct TopTable {
  struct Column {
    let title: String
    /// Left out first where it is highest; 0 stays.
    var rank = 0
    var isRight = false
    /// Takes what is left, and gives way down to this many cells; nil: as wide as what is in it.
    var flexible: Int?
    var maximum = 40

    init(
      _ title: String, rank: Int = 0, isRight: Bool = false, flexible: Int? = nil,
      maximum: Int = 40
    ) {
      self.title = title
      self.rank = rank
      self.isRight = isRight
      self.flexible = flexible
      self.maximum = maximum
    }
  }

  private static let gap = 2

  let columns: [Column]
  let rows: [[[TextRun]]]
  /// The columns that are shown, with their widths.
  private let shown: [(index: Int, width: Int)]

  init(columns: [Column], rows: [[[TextRun]]], width: Int) {
    self.columns = columns
    self.rows = rows
    var wanted = columns.indices.map { index in
      let widest = rows.reduce(0) { max($0, $1[index].width) }
      return max(columns[index].title.count, min(widest, columns[index].maximum))
    }
    var kept = Array(columns.indices)
    func total() -> Int {
      kept.reduce(0) { $0 + wanted[$1] } + Self.gap * max(kept.count - 1, 0)
    }
    func least() -> Int {
      kept.reduce(0) { $0 + min(columns[$1].flexible ?? wanted[$1], wanted[$1]) }
        + Self.gap * max(kept.count - 1, 0)
    }
    while least() > width,
      let last = kept.max(by: { columns[$0].rank < columns[$1].rank }), columns[last].rank > 0
    {
      kept.removeAll { $0 == last }
    }
    for index in kept.reversed() {
      guard let minimum = columns[index].flexible, total() > width else { continue }
      wanted[index] = max(min(minimum, wanted[index]), wanted[index] - (total() - width))
    }
    if let last = kept.last { wanted[last] += max(width - total(), 0) }
    shown = kept.map { ($0, wanted[$0]) }
  }

  func putHeading(into frame: inout Frame, row: Int, column: Int) {
    put(columns.map { [TextRun($0.title, .grey)] }, into: &frame, row: row, column: column)
  }

  func put(_ index: Int, into frame: inout Frame, row: Int, column: Int) {
    put(rows[index], into: &frame, row: row, column: column)
  }

  private func put(_ cells: [[TextRun]], into frame: inout Frame, row: Int, column: Int) {
    var left = column
    for (index, width) in shown {
      let cell = cells[index]
      let start = columns[index].isRight ? left + max(width - cell.width, 0) : left
      frame.put(cell, row: row, column: start, end: left + width)
      left += width + Self.gap
    }
  }
}
