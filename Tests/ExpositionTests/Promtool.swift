import Foundation
import TestSupport

/// `promtool`, of Debian's package prometheus.
enum Promtool {
  static func run(_ arguments: String..., input: String? = nil) async throws -> ChildOutcome {
    let process = try ChildProcess.start("/usr/bin/promtool", arguments)
    if let input { process.write(input) }
    process.closeInput()
    return try await process.outcome()
  }
}

/// A file of the repository.
func repositoryFile(_ path: String) -> String { TestEnvironment.checkout + "/" + path }

func textOfFile(_ path: String) throws -> String {
  try String(contentsOfFile: repositoryFile(path), encoding: .utf8)
}
