/// How far a page has seen a feed. Travels as the id of a server-sent event.
package struct LiveCursor: Equatable, Sendable {
  /// Of the feed: one that began anew cannot tell what changed since the last.
  package let generation: UInt64
  package let version: UInt64

  package init(generation: UInt64, version: UInt64) {
    self.generation = generation
    self.version = version
  }

  package var text: String { "\(generation)-\(version)" }

  /// Nil where it is none: what comes from a page is outside data.
  package init?(text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let generation = UInt64(parts[0]), let version = UInt64(parts[1])
    else { return nil }
    self.init(generation: generation, version: version)
  }
}
