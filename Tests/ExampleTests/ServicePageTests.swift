import Foundation
import Testing

/// `docs/your-own-service.md` shows the example and nothing else.
struct ServicePageTests {
  static let page = GreeterExample.package + "/../../docs/your-own-service.md"

  @Test func `every snippet of the page stands in the example`() throws {
    let page = try String(contentsOfFile: Self.page, encoding: .utf8)
    let snippets = Self.snippets(in: page)
    #expect(snippets.count >= 6)
    let sources = try Self.sources()
    for snippet in snippets {
      #expect(sources.contains { $0.contains(snippet) }, "not in the example:\n\(snippet)")
    }
  }

  @Test func `a line that is not in the example is found`() throws {
    let snippet = Self.snippets(in: "a\n```swift\n  struct Nobody {}\n```\nb\n```\nplain\n```\n")
    #expect(snippet == ["\nstruct Nobody {}\n"])
    #expect(try Self.sources().allSatisfy { !$0.contains(snippet[0]) })
  }

  /// The blocks of code in Swift and protobuf, without indentation.
  private static func snippets(in page: String) -> [String] {
    page.matches(of: #/(?ms)^```(?:swift|proto)\n(.*?)^```$/#).map { normalized($0.output.1) }
  }

  /// The example's hand-written files, in the same form.
  private static func sources() throws -> [String] {
    let folder = URL(fileURLWithPath: GreeterExample.package).resolvingSymlinksInPath().path
    let names = FileManager.default.enumerator(atPath: folder)
    return try (names?.compactMap { $0 as? String } ?? [])
      .filter { $0.hasSuffix(".swift") || $0.hasSuffix(".proto") }
      .filter { !$0.split(separator: "/").contains { $0.hasPrefix(".") || $0 == "Generated" } }
      .map { normalized(Substring(try String(contentsOfFile: folder + "/" + $0, encoding: .utf8))) }
  }

  private static func normalized(_ text: Substring) -> String {
    let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    return "\n" + lines.filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
  }
}
