/// What one page is told at a time.
package struct LiveChanges: Sendable {
  /// All there is, instead of what changed.
  package let isWhole: Bool
  package let values: [(key: LiveKey, json: String)]
  package let removed: [LiveKey]
  package let cursor: LiveCursor

  package init(
    isWhole: Bool, values: [(key: LiveKey, json: String)], removed: [LiveKey], _ cursor: LiveCursor
  ) {
    self.isWhole = isWhole
    self.values = values
    self.removed = removed
    self.cursor = cursor
  }

  /// The event: `all` or `changes`, with the values by their kind and the ids of what was removed.
  package var event: ServerSentEvent {
    var parts: [String] = []
    for kind in LiveKey.Kind.allCases {
      let members = values.filter { $0.key.kind == kind }.map(\.json)
      if !members.isEmpty {
        parts.append("\"\(kind.rawValue)\":[\(members.joined(separator: ","))]")
      }
      let gone = removed.filter { $0.kind == kind }.map { JSONText.quoted($0.id) }
      if !gone.isEmpty {
        parts.append("\"\(kind.rawValue)Removed\":[\(gone.joined(separator: ","))]")
      }
    }
    return ServerSentEvent(
      name: isWhole ? "all" : "changes", id: cursor.text,
      data: "{\(parts.joined(separator: ","))}")
  }
}
