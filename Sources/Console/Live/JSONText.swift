import Messages

/// Strings as JSON text.
package enum JSONText {
  package static func quoted(_ text: String) -> String { JSONValue.string(text).text() }

  /// An object of members whose values are JSON text already.
  package static func object(_ members: KeyValuePairs<String, String>) -> String {
    "{" + members.map { quoted($0.key) + ":" + $0.value }.joined(separator: ",") + "}"
  }
}
