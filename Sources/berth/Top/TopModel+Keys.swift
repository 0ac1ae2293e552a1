import RPCClient

extension TopModel {
  /// What a key does.
  mutating func press(_ key: Key) -> Effect? {
    // Of everything, wherever one is.
    switch key {
    case .control("c"): return .quit
    case .control("z"): return .suspend
    case .control("l"): return .redraw
    default: break
    }
    if isFiltering {
      edit(key)
      return nil
    }
    if let overlay { return press(key, on: overlay) }
    switch key {
    case .character("q"): return .quit
    case .escape:
      if filter.isEmpty { return .quit }
      filter = ""
    case .character("o"):
      let all = data.organizations
      let index = organization.flatMap { id in all.firstIndex { $0.id == id } }
      overlay = .organizations(index: index.map { $0 + 1 } ?? 0)
    case .enter: return open()
    default: navigate(key)
    }
    return nil
  }

  private mutating func navigate(_ key: Key) {
    switch key {
    case .tab, .right, .character("l"): turn(by: 1)
    case .backTab, .left, .character("h"): turn(by: -1)
    case .character("1"): pane = .clusters
    case .character("2"): pane = .running
    case .character("3"): pane = .queue
    case .character("4"): pane = .scheduler
    case .character("s"):
      view.sort = (view.sort + 1) % max(sorts(of: pane).count, 1)
      view.isReversed = false
    case .character("r"): view.isReversed.toggle()
    case .character("/"): isFiltering = true
    case .character("p"), .character(" "): pause(!isPaused)
    case .character("?"): overlay = .help(top: 0)
    default: if let steps = steps(key, page: max(visibleRows(of: pane) - 1, 1)) { move(by: steps) }
    }
  }

  private mutating func turn(by steps: Int) {
    let count = Pane.allCases.count
    pane = Pane(rawValue: (pane.rawValue + steps + count) % count) ?? .queue
  }

  /// How far a key moves; the ends are farther than anything is long.
  private func steps(_ key: Key, page: Int) -> Int? {
    switch key {
    case .up, .character("k"): -1
    case .down, .character("j"): 1
    case .pageUp, .control("b"): -page
    case .pageDown, .control("f"): page
    case .home, .character("g"): -TopLimits.deployments
    case .end, .character("G"): TopLimits.deployments
    default: nil
    }
  }

  private mutating func move(by steps: Int) {
    let rows = rows(of: pane)
    guard !rows.isEmpty else { return }
    let current = index(in: rows, of: pane)
    view.index = min(max(current + steps, 0), rows.count - 1)
    view.selected = rows[view.index].id
  }

  /// Where the selection is: with its row, or where that was.
  func index(in rows: [TopRow], of pane: Pane) -> Int {
    let view = views[pane.rawValue]
    if let selected = view.selected, let index = rows.firstIndex(where: { $0.id == selected }) {
      return index
    }
    return min(view.index, max(rows.count - 1, 0))
  }

  // MARK: The filter

  private mutating func edit(_ key: Key) {
    switch key {
    case .character(let character):
      if filter.count < TopLimits.filterCharacters { filter.append(character) }
    case .backspace:
      if filter.isEmpty { isFiltering = false } else { filter.removeLast() }
    case .control("u"): filter = ""
    case .enter: isFiltering = false
    case .escape: (filter, isFiltering) = ("", false)
    default: break
    }
  }

  // MARK: Overlays

  private mutating func open() -> Effect? {
    let rows = rows(of: pane)
    guard !rows.isEmpty else { return nil }
    let id = rows[index(in: rows, of: pane)].id
    switch pane {
    case .clusters:
      guard let cluster = shown.clusters.first(where: { $0.id == id }) else { return nil }
      let owner = name(ofOrganization: cluster.organizationID)
      overlay = .details(TopDetails(cluster, organization: owner, now: now), top: 0)
    case .running, .queue:
      guard let deployment = shown.deployment(id) else { return nil }
      overlay = .details(TopDetails(asking: deployment), top: 0)
      return .explain(id: id)
    case .scheduler: break
    }
    return nil
  }

  private mutating func press(_ key: Key, on open: Overlay) -> Effect? {
    switch (open, key) {
    case (_, .escape), (_, .character("q")):
      overlay = nil
      return nil
    case (.help, .character("?")), (.help, .enter), (.details, .enter),
      (.organizations, .character("o")):
      overlay = nil
      return nil
    case (.organizations(let index), .enter):
      overlay = nil
      let chosen = index == 0 ? nil : data.organizations[safe: index - 1]?.id
      guard chosen != organization else { return nil }
      choose(organization: chosen)
      return .watch(organization: chosen)
    default: break
    }
    guard let steps = steps(key, page: max(height - 4, 1)) else { return nil }
    switch open {
    case .help(let top): overlay = .help(top: scrolled(top, by: steps))
    case .details(let details, let top): overlay = .details(details, top: scrolled(top, by: steps))
    case .organizations(let index):
      overlay = .organizations(index: min(max(index + steps, 0), data.organizations.count))
    }
    return nil
  }

  /// The first line that is shown, so that the last one is not left behind.
  private func scrolled(_ top: Int, by steps: Int) -> Int {
    min(max(top + steps, 0), max(overlayLines.count - overlayHeight, 0))
  }
}

extension Array {
  /// Nil where there is none.
  subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
