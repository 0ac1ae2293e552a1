import Testing

/// Rules 5, 6 and 23: what may import what.
struct ImportTests {
  @Test func `a target imports only what the manifest names for it`() {
    SourceTree.swiftFiles.flatMap { Self.unnamed($0, manifest: Self.manifest) }.report()
  }

  @Test func `the manifest names only arrows of the architecture`() {
    let violations = Self.manifest.dependencies.flatMap { target, dependencies in
      Self.strayArrows(of: target, to: dependencies)
    }
    violations.report()
  }

  @Test func `no arrows go round in a circle`() {
    for target in Self.manifest.dependencies.keys.sorted() {
      var seen: Set<String> = []
      var todo = Array(Self.manifest.dependencies[target] ?? [])
      while let next = todo.popLast() {
        if seen.insert(next).inserted { todo += Self.manifest.dependencies[next] ?? [] }
      }
      #expect(!seen.contains(target), "\(target) depends on itself")
    }
  }

  @Test func `one target imports each C library`() {
    SourceTree.swiftFiles.flatMap(Self.strayCLibraries).report()
  }

  @Test func `the inner layers do without Foundation`() {
    SourceTree.swiftFiles.flatMap(Self.strayFoundation).report()
  }

  @Test func `Domain imports nothing but the standard library and collections`() {
    let outside = SourceTree.swiftFiles.filter { $0.path.hasPrefix("Sources/Domain/") }
      .flatMap { file in
        file.imports.filter { !Layers.domainImports.contains($0.module) }.map {
          Violation(
            path: file.path, line: $0.line,
            problem: "Domain imports \($0.module): rules need no I/O")
        }
      }
    outside.report()
  }

  @Test func `tests are Swift Testing`() {
    SourceTree.swiftFiles.flatMap { file in
      file.imports.filter { $0.module == "XCTest" }.map {
        Violation(path: file.path, line: $0.line, problem: "XCTest: write it with Swift Testing")
      }
    }.report()
  }

  @Test func `a stray import is found`() {
    let text = "import Glibc\npackage import Wire\n@testable import COpenSSL\n// import Transport\n"
    let file = SourceFile(path: "Sources/Domain/A.swift", text: text)
    #expect(file.imports.map(\.module) == ["Glibc", "Wire", "COpenSSL"])
    let manifest = PackageManifest(#"library("Domain", ["Wire"] + other)"#)
    #expect(manifest.dependencies == ["Domain": ["Wire"]])
    #expect(Self.unnamed(file, manifest: manifest).map(\.line) == [3])
    #expect(Self.strayCLibraries(file).map(\.line) == [3])
    #expect(Self.strayArrows(of: "Domain", to: ["Wire"]).count == 1)
    let foundation = SourceFile(path: "Sources/Wire/A.swift", text: "\nimport Foundation\n")
    #expect(Self.strayFoundation(foundation).map(\.line) == [2])
  }

  private static let manifest = PackageManifest(SourceTree.text(of: "Package.swift"))

  private static func unnamed(_ file: SourceFile, manifest: PackageManifest) -> [Violation] {
    guard let named = manifest.dependencies[file.target] else { return [] }
    return file.imports.filter {
      !named.contains($0.module) && !Layers.platform.contains($0.module)
        && $0.module != moduleName(file.target)
        // A program is imported under its name as an identifier: berth_agent.
        && !named.contains(where: { moduleName($0) == file.target })
    }.map {
      Violation(
        path: file.path, line: $0.line,
        problem: "\(file.target) imports \($0.module), which Package.swift does not name for it")
    }
  }

  private static func moduleName(_ target: String) -> String {
    String(target.map { $0 == "-" ? "_" : $0 })
  }

  private static func strayArrows(of target: String, to dependencies: Set<String>) -> [Violation] {
    guard let allowed = Layers.arrows[target] else { return [] }
    let ours = Set(Layers.arrows.keys).union(Layers.cLibraries.keys)
    return dependencies.intersection(ours).subtracting(allowed).sorted().map {
      Violation(
        path: "Package.swift", line: 1,
        problem:
          "\(target) -> \($0) is no arrow of the architecture (Tests/StyleTests/Layers.swift)")
    }
  }

  private static func strayCLibraries(_ file: SourceFile) -> [Violation] {
    file.imports.compactMap { found in
      guard let owners = Layers.cLibraries[found.module], !owners.contains(file.target) else {
        return nil
      }
      let owner = owners.sorted().joined(separator: ", ")
      return Violation(
        path: file.path, line: found.line, problem: "\(found.module) is imported by \(owner) alone")
    }
  }

  private static func strayFoundation(_ file: SourceFile) -> [Violation] {
    guard file.path.hasPrefix("Sources/"), Layers.withoutFoundation.contains(file.target) else {
      return []
    }
    return file.imports.filter { $0.module.hasPrefix("Foundation") || $0.module == "Dispatch" }.map
    {
      Violation(
        path: file.path, line: $0.line, problem: "\(file.target) does without \($0.module)")
    }
  }
}
