import Foundation
import TestSupport

/// The project's hand-written files.
enum SourceTree {
  /// Every Swift file but what is generated or built.
  static let swiftFiles: [SourceFile] = files(withSuffix: ".swift").map { path in
    SourceFile(path: path, text: text(of: path))
  }

  /// Paths, from the checkout on, of the files below the folders of code whose names end so.
  static func files(withSuffix suffix: String) -> [String] {
    roots.flatMap { root in
      let folder = URL(fileURLWithPath: TestEnvironment.checkout + "/" + root)
        .resolvingSymlinksInPath()
      let names = FileManager.default.enumerator(atPath: folder.path)
      return (names?.compactMap { $0 as? String } ?? [])
        .filter { $0.hasSuffix(suffix) && !isLeftOut($0) }
        .map { root + "/" + $0 }
    }.sorted()
  }

  static func text(of path: String) -> String {
    let url = URL(fileURLWithPath: TestEnvironment.checkout + "/" + path)
    return (try? String(contentsOf: url, encoding: .utf8)) ?? ""
  }

  private static let roots = ["Sources", "Tests", "Tools/Sources", "Benchmarks", "Examples"]

  private static func isLeftOut(_ path: String) -> Bool {
    path.split(separator: "/").contains { $0 == "Generated" || $0.hasPrefix(".") }
  }
}
