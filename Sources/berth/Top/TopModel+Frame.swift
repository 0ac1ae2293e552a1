import RPCClient

extension TopModel {
  private static let titleRows = 2
  private static let leastPaneRows = 4
  /// Who gets room first, after the pane that is chosen.
  private static let byWeight: [Pane] = [.queue, .running, .clusters, .scheduler]

  private var headerRows: Int { height >= 8 ? 2 : 1 }

  /// Rows between header and footer.
  private var body: Range<Int> { headerRows..<max(height - 1, headerRows) }

  /// The panes that are on the screen, from top to bottom, with the rows they have there.
  func layout() -> [(pane: Pane, rows: Range<Int>)] {
    guard body.count >= Self.leastPaneRows * Pane.allCases.count else { return [(pane, body)] }
    let wanted = Pane.allCases.map { Self.titleRows + max(rows(of: $0).count, 1) }
    var heights = wanted.map { min($0, Self.leastPaneRows) }
    var left = body.count - heights.reduce(0, +)
    for pane in [pane] + Self.byWeight {
      let more = min(left, wanted[pane.rawValue] - heights[pane.rawValue])
      heights[pane.rawValue] += more
      left -= more
    }
    heights[pane.rawValue] += left
    var next = body.lowerBound
    return Pane.allCases.map { pane in
      defer { next += heights[pane.rawValue] }
      return (pane, next..<next + heights[pane.rawValue])
    }
  }

  /// How many of a pane's rows are on the screen.
  func visibleRows(of pane: Pane) -> Int {
    guard let place = layout().first(where: { $0.pane == pane }) else { return 0 }
    return max(place.rows.count - Self.titleRows, 0)
  }

  /// Moves what is shown so that what is selected is in it.
  mutating func settle() {
    for (pane, place) in layout() {
      let rows = rows(of: pane)
      let visible = max(place.count - Self.titleRows, 1)
      let index = index(in: rows, of: pane)
      var top = min(views[pane.rawValue].top, max(rows.count - visible, 0))
      if index < top { top = index }
      if index >= top + visible { top = index - visible + 1 }
      views[pane.rawValue].top = top
      views[pane.rawValue].index = index
    }
  }

  /// What the terminal shows.
  func frame() -> Frame {
    var frame = Frame(width: width, height: height)
    putHeader(into: &frame)
    if overlay == nil {
      for (pane, place) in layout() { put(pane, into: &frame, at: place, isChosen: true) }
    } else {
      putOverlay(into: &frame)
    }
    putFooter(into: &frame)
    return frame
  }

  /// All panes whole, for a page instead of a screen.
  func page() -> Frame {
    let wanted = Pane.allCases.map {
      Self.titleRows + min(max(rows(of: $0).count, 1), TopLimits.printedRows)
    }
    var frame = Frame(width: width, height: 2 + wanted.reduce(0, +))
    putHeader(into: &frame)
    var next = 2
    for pane in Pane.allCases {
      let end = next + wanted[pane.rawValue]
      put(pane, into: &frame, at: next..<end, isChosen: false)
      next = end
    }
    return frame
  }

  // MARK: Header and footer

  private func putHeader(into frame: inout Frame) {
    let scope = organization.map { name(ofOrganization: $0) } ?? "all organizations"
    frame.put(
      [TextRun("berth top", .bold), TextRun("  \(address)  "), TextRun(scope, .grey)], row: 0,
      column: 0)
    let state = state + [TextRun("  " + clock, .grey)]
    let start = max(width - state.width, 0)
    for column in max(start - 1, 0)..<width { frame.put(" ", row: 0, column: column) }
    frame.put(state, row: 0, column: start)
    guard frame.height >= 8 || headerRows > 1 else { return }
    if case .away(let reason, let since) = data.link {
      let seconds = max(now - since, 0)
      frame.put(
        "away for \(seconds)s, connecting again: \(reason)", row: 1, column: 0,
        style: CellStyle(colour: .red, isBold: true))
    } else {
      frame.put(summary, row: 1, column: 0)
    }
  }

  private var state: [TextRun] {
    if isPaused { return [TextRun(" paused ", CellStyle(colour: .yellow, isReversed: true))] }
    return switch data.link {
    case .live: [TextRun("live", CellStyle(colour: .green))]
    case .away: [TextRun(" away ", CellStyle(colour: .red, isReversed: true))]
    }
  }

  private var clock: String {
    let parts = [now / 3_600 % 24, now / 60 % 60, now % 60]
    return parts.map { String(String($0 + 100).dropFirst()) }.joined(separator: ":") + "Z"
  }

  /// All clusters together.
  private var summary: [TextRun] {
    var (used, all) = (Resources(), Resources())
    for cluster in shown.clusters {
      Self.add(cluster.allocated, to: &used)
      Self.add(cluster.capacity, to: &all)
    }
    let deployments = shown.deployments
    let waiting = deployments.count { $0.state == .queued }
    let placed = deployments.count { $0.state == .running }
    let rate = (shown.placementsPerSecond(now: now) * 10).rounded() / 10
    var spans = [TextRun("queued "), TextRun("\(waiting)", .bold), TextRun("  running ")]
    spans += [TextRun("\(placed)", .bold), TextRun("  placed "), TextRun("\(rate)/s", .bold)]
    if shown.untold > 0 {
      spans.append(TextRun("  (\(shown.untold) more)", CellStyle(colour: .yellow)))
    }
    let width = width >= 100 ? 10 : 5
    spans +=
      [TextRun("  cpu ")] + Self.meter(used.cpuMillis, all.cpuMillis, width: width, Amounts.cpu)
    spans +=
      [TextRun("  gpu ")] + Self.meter(used.gpuMillis, all.gpuMillis, width: width, Amounts.gpu)
    spans.append(TextRun("  mem "))
    return spans
      + Self.meter(used.memoryBytes, all.memoryBytes, width: width, Amounts.memory)
  }

  private static func add(_ more: Resources?, to sum: inout Resources) {
    guard let more else { return }
    sum.cpuMillis = sum.cpuMillis.addingReportingOverflow(more.cpuMillis).partialValue
    sum.memoryBytes = sum.memoryBytes.addingReportingOverflow(more.memoryBytes).partialValue
    sum.gpuMillis = sum.gpuMillis.addingReportingOverflow(more.gpuMillis).partialValue
  }

  private func putFooter(into frame: inout Frame) {
    let row = height - 1
    if isFiltering {
      let end = frame.put("/" + filter, row: row, column: 0, end: width - 1, style: .bold)
      frame.put(" ", row: row, column: end, style: CellStyle(isReversed: true))
      return
    }
    let keys =
      switch overlay {
      case nil:
        "q quit  ? help  Tab pane  s sort  r reverse  / filter  Enter details  o organization  p pause"
      case .organizations: "Enter choose  Esc back"
      case .help, .details: "Esc back  arrows scroll"
      }
    frame.put(keys, row: row, column: 0, style: .grey)
  }

  // MARK: Panes

  private func put(
    _ pane: Pane, into frame: inout Frame, at place: Range<Int>, isChosen mayChoose: Bool
  ) {
    guard let first = place.first else { return }
    let rows = rows(of: pane)
    let isChosen = mayChoose && pane == self.pane
    putTitle(of: pane, count: rows.count, into: &frame, row: first, isChosen: isChosen)
    guard !rows.isEmpty else {
      if place.count > 1 {
        frame.put(nothing(in: pane), row: first + 1, column: 2, style: .grey)
      }
      return
    }
    let top = mayChoose ? min(views[pane.rawValue].top, rows.count) : 0
    let visible = Array(rows[top...].prefix(max(place.count - Self.titleRows, 0)))
    let table = TopTable(
      columns: columns(of: pane), rows: visible.map(cells), width: width - 2)
    if place.count > 1 { table.putHeading(into: &frame, row: first + 1, column: 1) }
    let chosen = index(in: rows, of: pane) - top
    for index in visible.indices {
      let row = first + Self.titleRows + index
      table.put(index, into: &frame, row: row, column: 1)
      guard isChosen, index == chosen else { continue }
      for column in 0..<width {
        let style = frame[row, column].style.reversed
        frame.style(row: row, from: column, to: column + 1, as: style)
      }
    }
  }

  private func putTitle(
    of pane: Pane, count: Int, into frame: inout Frame, row: Int, isChosen: Bool
  ) {
    let view = views[pane.rawValue]
    let style = isChosen ? CellStyle.bold : .grey
    var title = "\(pane.rawValue + 1) \(pane.title)"
    if pane != .scheduler { title += " \(count)" }
    if let order = sorts(of: pane)[safe: view.sort] {
      title += " · by \(order.name)" + (view.isReversed ? ", reversed" : "")
    }
    if !filter.isEmpty { title += " · with \"\(filter)\"" }
    if pane == .clusters, shown.areClustersCut { title += " · first \(TopLimits.clusters)" }
    let end = frame.put((isChosen ? "▶ " : "─ ") + title + " ", row: row, column: 0, style: style)
    for column in end..<max(width, end) { frame.put("─", row: row, column: column, style: .grey) }
  }

  private func nothing(in pane: Pane) -> String {
    if !filter.isEmpty { return "nothing has \"\(filter)\" in it" }
    switch pane {
    case .clusters: return "no clusters"
    case .running: return "nothing runs"
    case .queue: return "nothing waits"
    case .scheduler:
      if case .refused = shown.scheduler { return "shown to administrators (--token-file)" }
      return "no answer yet"
    }
  }
}

extension TopModel.Pane {
  var title: String {
    switch self {
    case .clusters: "Clusters"
    case .running: "Running"
    case .queue: "Queue"
    case .scheduler: "Scheduler"
    }
  }
}
