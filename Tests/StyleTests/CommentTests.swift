import Testing

/// What must stand in comments, and what must not.
struct CommentTests {
  // Put together here, so that this file does not break its own rule.
  private static let markers = ["TO" + "DO", "FIX" + "ME"]

  @Test func `nothing is left to be done later`() {
    SourceTree.swiftFiles.flatMap(Self.unfinished).report()
  }

  @Test func `what the compiler cannot check stands beside its proof`() {
    SourceTree.swiftFiles.flatMap(Self.unproven).report()
  }

  @Test func `an unproven or unfinished line is found, a proven one is not`() {
    let proofs = [
      "/// Confined to its loop.\nfinal class A: @unchecked Sendable {}",
      "nonisolated(unsafe) let a = 1  // never changed",
      "// Guarded by the lock.\n@available(*, unavailable)\nnonisolated(unsafe) var a = 1",
    ]
    for text in proofs {
      #expect(Self.unproven(SourceFile(path: "a", text: text)).isEmpty, "\(text)")
    }
    let bare = "let b = 1\nfinal class A: @unchecked Sendable {}\n\nnonisolated(unsafe) var a = 1\n"
    #expect(Self.unproven(SourceFile(path: "a", text: bare)).map(\.line) == [2, 4])
    #expect(Self.unproven(SourceFile(path: "a", text: "\"@unchecked Sendable\"")).isEmpty)
    let later = SourceFile(path: "a", text: "\n// \(Self.markers[0]): later\n")
    #expect(Self.unfinished(later).map(\.line) == [2])
  }

  private static func unfinished(_ file: SourceFile) -> [Violation] {
    file.lines.enumerated().compactMap { index, line in
      guard let marker = markers.first(where: line.contains) else { return nil }
      return Violation(path: file.path, line: index + 1, problem: "\(marker) is left")
    }
  }

  private static func unproven(_ file: SourceFile) -> [Violation] {
    file.codeLines.enumerated().compactMap { index, code in
      guard code.contains("unchecked") || code.contains("unsafe"),
        let match = code.firstMatch(of: #/@unchecked\s+Sendable|nonisolated\(unsafe\)/#),
        !hasComment(file, at: index)
      else { return nil }
      return Violation(
        path: file.path, line: index + 1,
        problem: "\(match.output) without a comment beside it that tells why it is right")
    }
  }

  /// On the line itself, or right above it or above the attributes and lines it goes on from.
  private static func hasComment(_ file: SourceFile, at index: Int) -> Bool {
    let isCommented = { (line: Int) in
      file.lines[line].contains("//") && !file.codeLines[line].contains("//")
    }
    if isCommented(index) { return true }
    var above = index - 1
    while above >= 0, isContinued(file.codeLines[above]) { above -= 1 }
    return above >= 0 && isCommented(above)
  }

  /// An attribute on a line of its own, or the beginning of a declaration that goes on.
  private static func isContinued(_ code: String) -> Bool {
    code.wholeMatch(of: #/\s*@\w+(\(.*\))?\s*/#) != nil
      || code.wholeMatch(of: #/.*[:,(]\s*/#) != nil
  }
}
