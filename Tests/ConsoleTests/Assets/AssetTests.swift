import Foundation
import TestSupport
import Testing

/// What the page's files may have in them.
struct AssetTests {
  private static let folder = TestEnvironment.checkout + "/Sources/Console/Assets"

  private static func files(_ ending: String) throws -> [(name: String, text: String)] {
    let names = try #require(FileManager.default.enumerator(atPath: folder))
      .compactMap { $0 as? String }.filter { $0.hasSuffix(ending) }.sorted()
    #expect(!names.isEmpty)
    return try names.map { ($0, try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)) }
  }

  /// Words by which a text from a server could become markup or code.
  @Test(arguments: [
    "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
    "setAttribute(\"style\"", "DOMParser", "createContextualFragment",
  ])
  func `no script makes markup or code of text`(word: String) throws {
    for file in try Self.files(".js") {
      #expect(!file.text.contains(word), "\(file.name) has \(word)")
    }
  }

  @Test func `nothing is loaded from elsewhere, and nothing is inline`() throws {
    for file in try Self.files(".js") + Self.files(".css") + Self.files(".html") {
      let addresses = file.text.matches(of: #/https?:\/\/[^\s"'`)]+/#).map { String($0.output) }
      let foreign = addresses.filter { $0 != "http://www.w3.org/2000/svg" }
      #expect(foreign.isEmpty, "\(file.name): \(foreign)")
    }
    for file in try Self.files(".html") {
      #expect(file.text.firstMatch(of: #/\son[a-z]+=/#) == nil)
      #expect(!file.text.contains("style=") && !file.text.contains("<style"))
      #expect(file.text.firstMatch(of: #/<script(?![^>]*\ssrc=)/#) == nil)
    }
  }

  @Test func `files are no longer than a file of Swift may be`() throws {
    for file in try Self.files(".js") + Self.files(".css") {
      #expect(file.text.split(separator: "\n", omittingEmptySubsequences: false).count <= 500)
    }
  }
}
