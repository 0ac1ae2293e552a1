import Foundation
import TestSupport

/// `promtool`, of Debian's package prometheus.
enum Promtool {
  static func run(_ arguments: String..., input: String = "") async throws -> ChildOutcome {
    try await ChildProcess.run("/usr/bin/promtool", arguments, input: input)
  }
}

/// A file of the repository.
func repositoryFile(_ path: String) -> String { TestEnvironment.checkout + "/" + path }

func textOfFile(_ path: String) throws -> String {
  try String(contentsOfFile: repositoryFile(path), encoding: .utf8)
}
