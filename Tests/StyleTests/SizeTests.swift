import Testing

/// Rule 2: files, functions and lines stay small.
struct SizeTests {
  static let fileLinesLimit = 500
  static let functionLinesLimit = 70
  static let columnsLimit = 100

  @Test func `no file has more than 500 lines`() {
    SourceTree.swiftFiles.flatMap(Self.tooLongFile).report()
  }

  @Test func `no function has more than 70 lines`() {
    SourceTree.swiftFiles.flatMap(Self.tooLongFunctions).report()
  }

  @Test func `no line has more than 100 columns`() {
    SourceTree.swiftFiles.flatMap(Self.tooLongLines).report()
  }

  @Test func `the tree is there and is read whole`() {
    let targets = Set(SourceTree.swiftFiles.map(\.target))
    #expect(targets.isSuperset(of: ["EventLoop", "Wire", "Domain", "Transport", "StyleTests"]))
    #expect(SourceTree.swiftFiles.allSatisfy { !$0.lines.isEmpty })
  }

  @Test func `a file, a function and a line past the limit are found, one at the limit is not`() {
    let body = String(repeating: "  print(\"{\")\n", count: Self.functionLinesLimit - 2)
    let fits = SourceFile(path: "Sources/A/B.swift", text: "func f() {\n\(body)}\n")
    #expect(Self.tooLongFunctions(fits).isEmpty)
    let exceeds = SourceFile(path: "Sources/A/B.swift", text: "\nfunc f() {\n\n\(body)}\n")
    #expect(Self.tooLongFunctions(exceeds).map(\.line) == [2])
    let wide = SourceFile(
      path: "Sources/A/B.swift",
      text: String(repeating: "ä", count: 100) + "\n" + String(repeating: "a", count: 101))
    #expect(Self.tooLongLines(wide).map(\.line) == [2])
    let literal = String(repeating: "a", count: 110)
    let texts = SourceFile(path: "a", text: "f(\"\(literal)\")\n// \(literal)\n")
    #expect(Self.tooLongLines(texts).map(\.line) == [2])
    let long = String(repeating: "\n", count: Self.fileLinesLimit)
    #expect(Self.tooLongFile(SourceFile(path: "a", text: long)).isEmpty)
    #expect(Self.tooLongFile(SourceFile(path: "a", text: long + "\n")).count == 1)
  }

  private static func tooLongFile(_ file: SourceFile) -> [Violation] {
    guard file.lines.count > fileLinesLimit else { return [] }
    return [
      Violation(
        path: file.path, line: fileLinesLimit + 1,
        problem: "the file has \(file.lines.count) lines, at most \(fileLinesLimit) are allowed")
    ]
  }

  private static func tooLongFunctions(_ file: SourceFile) -> [Violation] {
    FunctionFinder.functions(in: file).filter { $0.length > functionLinesLimit }.map {
      Violation(
        path: file.path, line: $0.line,
        problem: "\($0.name) has \($0.length) lines, at most \(functionLinesLimit) are allowed")
    }
  }

  /// Text in a string literal may go past the limit: swift-format leaves it alone too.
  private static func tooLongLines(_ file: SourceFile) -> [Violation] {
    zip(file.lines, file.codeLines).enumerated().compactMap { index, line in
      let (text, code) = line
      guard text.utf8.count > columnsLimit, text.count > columnsLimit,
        !code.dropFirst(columnsLimit - 1).prefix(2).contains(SwiftCode.literalFiller)
      else { return nil }
      return Violation(
        path: file.path, line: index + 1,
        problem: "the line has \(text.count) columns, at most \(columnsLimit) are allowed")
    }
  }
}
