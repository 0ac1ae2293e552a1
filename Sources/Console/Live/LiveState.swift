/// The newest value of everything that a feed tells of, and what was removed lately. A page's
/// cursor asks what it has not seen, so a page costs no queue: what changes twice before it looks
/// is told once.
package struct LiveState: Sendable {
  private struct Item {
    var json: String
    var version: UInt64
  }

  private struct Removal {
    let key: LiveKey
    let version: UInt64
  }

  private let generation: UInt64
  private var version: UInt64 = 0
  private var items: [LiveKey: Item] = [:]
  /// Oldest first.
  private var removals: [Removal] = []
  /// What a page that saw less than this has missed is not known any more.
  private var knownSince: UInt64 = 0

  package init(generation: UInt64) { self.generation = generation }

  package var cursor: LiveCursor { LiveCursor(generation: generation, version: version) }

  /// Keeps a value. False: it is the one that stands already.
  @discardableResult
  package mutating func set(_ key: LiveKey, _ json: String) -> Bool {
    guard items[key]?.json != json else { return false }
    version += 1
    items[key] = Item(json: json, version: version)
    return true
  }

  @discardableResult
  package mutating func remove(_ key: LiveKey) -> Bool {
    guard items.removeValue(forKey: key) != nil else { return false }
    version += 1
    removals.append(Removal(key: key, version: version))
    if removals.count > ConsoleLimits.feedRemovals {
      knownSince = removals.removeFirst().version
    }
    return true
  }

  package func json(of key: LiveKey) -> String? { items[key]?.json }

  package var keys: some Sequence<LiveKey> { items.keys }

  /// What a page with this cursor has not seen: all, if it has none or one that says nothing here.
  /// Nil: nothing.
  package func changes(after cursor: LiveCursor?) -> LiveChanges? {
    guard let cursor, cursor.generation == generation, cursor.version <= version,
      cursor.version >= knownSince
    else { return LiveChanges(isWhole: true, values: values(after: 0), removed: [], self.cursor) }
    guard cursor.version < version else { return nil }
    let removed = removals.filter { $0.version > cursor.version && items[$0.key] == nil }
    return LiveChanges(
      isWhole: false, values: values(after: cursor.version), removed: removed.map(\.key),
      self.cursor)
  }

  /// Those that changed later, oldest change first.
  private func values(after version: UInt64) -> [(key: LiveKey, json: String)] {
    items.filter { $0.value.version > version }
      .sorted { $0.value.version < $1.value.version }
      .map { ($0.key, $0.value.json) }
  }
}
