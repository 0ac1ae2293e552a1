internal import Domain
private import HeapModule

/// When what runs will end.
struct EndQueue {
  private struct Entry: Comparable {
    let at: Int64
    let id: DeploymentID
    static func < (a: Self, b: Self) -> Bool { (a.at, a.id) < (b.at, b.id) }
  }

  private var entries = Heap<Entry>()

  var first: Int64? { entries.min?.at }

  mutating func add(_ id: DeploymentID, at: Int64) { entries.insert(Entry(at: at, id: id)) }

  /// The earliest; of equals the smaller identifier.
  mutating func takeFirst(notAfter now: Int64) -> DeploymentID? {
    guard let first = entries.min, first.at <= now else { return nil }
    entries.removeMin()
    return first.id
  }
}
