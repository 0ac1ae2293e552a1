import Foundation

/// A hand-written Swift file of the project.
struct SourceFile: Sendable {
  /// From the checkout on: "Sources/Wire/Frame.swift".
  let path: String
  let lines: [String]
  /// The same lines without what stands in comments and string literals.
  let codeLines: [String]
  /// The modules that it imports, with the number of the line.
  let imports: [Import]

  struct Import: Sendable, Equatable {
    let module: String
    let line: Int
  }

  init(path: String, text: String) {
    self.path = path
    lines = Self.split(text)
    codeLines = Self.split(SwiftCode.masked(text))
    imports = codeLines.enumerated().compactMap { index, line in
      Self.importedModule(line).map { Import(module: $0, line: index + 1) }
    }
  }

  /// The target that the file belongs to: the folder below Sources, Tests or Tools/Sources.
  var target: String {
    let parts = path.split(separator: "/").map(String.init)
    guard let root = parts.firstIndex(where: { $0 == "Sources" || $0 == "Tests" }),
      parts.count > root + 2
    else { return "" }
    return parts[root + 1]
  }

  var isTest: Bool { path.hasPrefix("Tests/") }

  /// The module of `package import struct Wire.Frame` and the like.
  private static func importedModule(_ line: String) -> String? {
    guard line.contains("import ") else { return nil }
    let words = line.split(separator: " ")
    guard let keyword = words.firstIndex(of: "import"), keyword + 1 < words.count,
      words[..<keyword].allSatisfy({ $0.hasPrefix("@") || accessLevels.contains($0) })
    else { return nil }
    let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let"]
    let name = words[(keyword + 1)...].first { !kinds.contains($0) }
    return name.map { String($0.prefix { $0 != "." }) }
  }

  private static let accessLevels: Set<Substring> = [
    "public", "package", "internal", "private", "fileprivate",
  ]

  /// A last newline ends the last line; it does not begin another.
  private static func split(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }
}
