/// The parts of an image's name that a pull needs.
struct ImageReference: Hashable, Sendable {
  let name: String
  /// A tag, or a digest with its algorithm.
  let tag: String

  /// "registry:5000/team/model" has the tag "latest", for a pull without one would fetch them all.
  init(_ text: String) {
    if let at = text.firstIndex(of: "@") {
      name = String(text[..<at])
      tag = String(text[text.index(after: at)...])
      return
    }
    let slash = text.lastIndex(of: "/") ?? text.startIndex
    if let colon = text[slash...].lastIndex(of: ":") {
      name = String(text[..<colon])
      tag = String(text[text.index(after: colon)...])
    } else {
      name = text
      tag = "latest"
    }
  }
}
