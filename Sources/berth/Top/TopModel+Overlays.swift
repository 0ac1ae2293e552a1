import RPCClient

/// What stands before the panes: help, details, the choice of an organization.
extension TopModel {
  private static let help = """
    1 2 3 4, Tab, Shift-Tab   clusters, running, queue, scheduler
    arrows, j, k              select
    PgUp, PgDn, Home, End     the same by pages, to the ends (also g, G)
    Enter                     details; of a deployment why it is where it is
    s                         the next order; the pane's title names it
    r                         the other way round
    /                         show what has a text in it: name, id, image, state, cluster…
    Esc                       takes the filter away, closes what is open, or ends
    o                         one organization's, or all
    p, space                  stand still, go on
    Ctrl-L                    draw all anew
    Ctrl-Z                    suspend
    q, Ctrl-C                 end

    WHY is what `berth explain` says; rows that are on the screen are asked about
    every few seconds. What has ended stays for a while. "placed" counts the
    placements of the last ten seconds that the caller may see.
    """

  private var overlayTitle: String {
    switch overlay {
    case .details(let details, _): details.title
    case .organizations: "Whose deployments?"
    case .help, nil: "Keys"
    }
  }

  /// What is open, broken to the width of the screen.
  var overlayLines: [String] {
    let lines: [String] =
      switch overlay {
      case .help:
        Self.help.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      case .details(let details, _): details.lines
      case .organizations: ["all"] + data.organizations.map(\.name)
      case nil: []
      }
    return lines.flatMap { Self.wrapped($0, width: max(width - 4, 10)) }
  }

  /// Lines of it that fit on the screen.
  var overlayHeight: Int { max(height - 4, 1) }

  func putOverlay(into frame: inout Frame) {
    let first = height >= 8 ? 2 : 1
    frame.put("▶ " + overlayTitle, row: first, column: 0, style: .bold)
    let lines = overlayLines
    let visible = max(height - first - 2, 0)
    let top: Int
    var chosen: Int?
    switch overlay {
    case .help(let start), .details(_, let start): top = min(start, max(lines.count - visible, 0))
    case .organizations(let index):
      (top, chosen) = (max(index - visible + 1, 0), index)
    case nil: return
    }
    for (offset, line) in lines.dropFirst(top).prefix(visible).enumerated() {
      let row = first + 1 + offset
      frame.put(line, row: row, column: 2)
      if top + offset == chosen { frame.style(row: row, as: CellStyle(isReversed: true)) }
    }
  }

  /// Broken at blanks where there are some, so that each part is at most `width` cells wide.
  static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line: [Glyph] = []
    var used = 0
    for glyph in text.glyphs {
      if used + glyph.width > width {
        // What begins a line is indented by blanks, which are no place to break at.
        let start = line.firstIndex { $0.text != " " } ?? line.count
        let blank = line.lastIndex { $0.text == " " }.flatMap { $0 > start ? $0 : nil }
        let rest = blank.map { Array(line[($0 + 1)...]) } ?? []
        lines.append(line[..<(blank ?? line.count)].map(\.text).joined())
        line = rest
        used = rest.reduce(0) { $0 + $1.width }
      }
      line.append(glyph)
      used += glyph.width
    }
    return lines + [line.map(\.text).joined()]
  }
}
