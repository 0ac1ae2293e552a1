import Testing

/// Rule 10: `public` is for the client and server libraries and what their users need.
struct AccessTests {
  private static let published: Set<String> = ["Wire", "Messages", "RPCClient", "RPCServer"]

  @Test func `nothing outside the client and server libraries is public`() {
    SourceTree.swiftFiles.flatMap(Self.published).report()
  }

  @Test func `a public declaration elsewhere is found, the word alone is not`() {
    let text = "public struct A {}\n// public\nlet publicKey = \"public\"\n  open class B {}\n"
    let domain = SourceFile(path: "Sources/Domain/A.swift", text: text)
    #expect(Self.published(domain).map(\.line) == [1, 4])
    #expect(Self.published(SourceFile(path: "Sources/Wire/A.swift", text: text)).isEmpty)
  }

  private static func published(_ file: SourceFile) -> [Violation] {
    guard file.path.hasPrefix("Sources/") || file.isTest, !published.contains(file.target) else {
      return []
    }
    return file.codeLines.enumerated().compactMap { index, code in
      let pattern = #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public|open)\s+[a-z@]/#
      guard code.contains("public") || code.contains("open"), code.firstMatch(of: pattern) != nil
      else { return nil }
      return Violation(
        path: file.path, line: index + 1,
        problem: "public, where only Wire, Messages, RPCClient and RPCServer publish: say package")
    }
  }
}
