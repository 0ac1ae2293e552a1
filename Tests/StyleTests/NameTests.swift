import Testing

/// Rule 3: folders and files are named after what is in them.
struct NameTests {
  private static let meaningless: Set<String> = [
    "Utils", "Util", "Utilities", "Common", "Helpers", "Helper", "Misc", "New", "Deprecated",
  ]

  @Test func `no folder or file has a name that says nothing`() {
    SourceTree.swiftFiles.compactMap(Self.violation).report()
  }

  @Test(arguments: [
    "Sources/Wire/Utils/A.swift", "Sources/Wire/Helpers.swift", "Tests/Common/A.swift",
  ])
  func `such a name is found`(path: String) {
    #expect(Self.violation(SourceFile(path: path, text: "")) != nil)
  }

  @Test func `a name that only contains such a word is fine`() {
    #expect(Self.violation(SourceFile(path: "Sources/berth/CommonOptions.swift", text: "")) == nil)
  }

  private static func violation(_ file: SourceFile) -> Violation? {
    let names = file.path.split(separator: "/").map { $0.prefix { $0 != "." } }
    guard let name = names.first(where: { meaningless.contains(String($0)) }) else { return nil }
    return Violation(path: file.path, line: 1, problem: "'\(name)' does not say what is in there")
  }
}
