/// One event of `text/event-stream`, as the HTML standard has it.
package struct ServerSentEvent: Equatable, Sendable {
  package var name: String
  package var id: String?
  package var data: String

  package init(name: String, id: String? = nil, data: String) {
    self.name = name
    self.id = id
    self.data = data
  }

  /// A comment, which says no more than that the connection lives.
  package static let heartbeat = ": here\n\n"

  /// How long a page waits before it connects again.
  package static func retry(_ delay: Duration) -> String {
    "retry: \(delay.components.seconds * 1_000)\n\n"
  }

  /// Each line of the data becomes a field of its own: a line break cannot begin another field.
  package var encoded: String {
    var text = "event: \(Self.oneLine(name))\n"
    if let id { text += "id: \(Self.oneLine(id))\n" }
    for line in data.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      text += "data: \(line)\n"
    }
    return text + "\n"
  }

  private static func oneLine(_ text: String) -> String {
    String(text.filter { !$0.isNewline && $0 != "\0" })
  }
}
