import Descriptors

/// A comment of a .proto file as running text.
struct Comment {
  let text: String

  init(_ comments: Proto.Comments) {
    text = [comments.leading, comments.trailing].map(Self.flowing).filter { !$0.isEmpty }
      .joined(separator: " ")
  }

  /// Up to the first full stop.
  var summary: String {
    var last: Character?
    for (index, character) in zip(text.indices, text) {
      if last == ".", character.isWhitespace { return String(text[..<index]) }
      last = character
    }
    return text
  }

  /// Lines joined, paragraphs kept apart.
  private static func flowing(_ comment: String) -> String {
    let lines = comment.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
    let paragraphs = lines.split(separator: "").map { $0.joined(separator: " ") }
    return paragraphs.joined(separator: "\n\n")
  }
}
