/// What Package.swift says about the targets, read from its text.
struct PackageManifest {
  /// Modules that each target names as dependencies: ours and products of other packages.
  let dependencies: [String: Set<String>]

  /// Targets of `text` that are made by the manifest's functions or by `.target`.
  init(_ text: String) {
    let text = Self.withoutComments(text)
    var lists: [String: Set<String>] = [:]
    for match in text.matches(
      of: #/\blet (\w+)(?:: \[Target\.Dependency\])? = ([^=]*?)(?=\n\n|\nlet )/#)
    {
      lists[String(match.output.1)] = Self.modules(in: String(match.output.2), lists: [:])
    }
    var dependencies: [String: Set<String>] = [:]
    let calls = #/\b(?:library|program|tests)\(\s*"([\w-]+)"/#
    for match in text.matches(of: calls) {
      let rest = Self.untilClosing(text[match.range.upperBound...])
      let isTest = text[match.range].hasPrefix("tests")
      dependencies[String(match.output.1), default: []] =
        Self.modules(in: rest, lists: lists).union(isTest ? ["TestSupport"] : [])
    }
    for match in text.matches(of: #/\.target\(\s*name: "(\w+)"/#) {
      let rest = Self.untilClosing(text[match.range.upperBound...])
      let list = rest.firstMatch(of: #/dependencies: \[([^\]]*)\]/#)?.output.1 ?? ""
      dependencies[String(match.output.1)] = Self.modules(in: String(list), lists: lists)
    }
    self.dependencies = dependencies
  }

  /// Names in quotes, products by their name, and lists by what they hold.
  private static func modules(in text: String, lists: [String: Set<String>]) -> Set<String> {
    var text = text
    var modules: Set<String> = []
    for match in text.matches(of: #/name: "(\w+)",\s*package: "[\w-]+"/#) {
      modules.insert(String(match.output.1))
    }
    text.replace(#/name: "\w+",\s*package: "[\w-]+"/#, with: "")
    for match in text.matches(of: #/"([\w-]+)"/#) { modules.insert(String(match.output.1)) }
    for (name, list) in lists where text.contains(try! Regex("\\b\(name)\\b")) {
      modules.formUnion(list)
    }
    return modules
  }

  /// The text up to the parenthesis that closes what was open before it.
  private static func untilClosing(_ text: Substring) -> String {
    var depth = 1
    let end = text.indices.first { index in
      if text[index] == "(" { depth += 1 }
      if text[index] == ")" { depth -= 1 }
      return depth == 0
    }
    return String(text[..<(end ?? text.endIndex)])
  }

  /// Lines that are comments as a whole; the manifest has URLs in its strings.
  private static func withoutComments(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { $0.firstMatch(of: #/^\s*\/\//#) == nil }.joined(separator: "\n")
  }
}
