import Foundation
import Synchronization
import TestSupport

/// Asks the invariants' own file, the one that `berth admin check` runs, again and again: by
/// `psql`, which is started anew where the database cut it off.
final class InvariantWatch: Sendable {
  private struct Findings {
    var rounds = 0
    var violations: Set<String> = []
    var lastError = ""
  }

  private static let path = "/Sources/PostgresStore/Statements/violations.sql"

  private let url: String
  private let secondsBetween: Double
  private let isEnding = Atomic(false)
  private let findings = Mutex(Findings())
  private let task = Mutex<Task<Void, Never>?>(nil)

  init(of database: TestDatabase, secondsBetween: Double) {
    url = database.url
    self.secondsBetween = secondsBetween
  }

  /// The file's one statement.
  static func sql() throws -> String {
    try String(contentsOfFile: TestEnvironment.checkout + path, encoding: .utf8)
  }

  func start() throws {
    let sql = try Self.sql()
    task.withLock { task in
      task = Task { [self] in
        while !isEnding.load(ordering: .relaxed) { await watch(sql) }
      }
    }
  }

  /// Ends it; how often it asked, what was broken at any time, and why it was cut off last.
  func end() async -> (rounds: Int, violations: Set<String>, lastError: String) {
    isEnding.store(true, ordering: .relaxed)
    await task.withLock { $0 }?.value
    return findings.withLock { ($0.rounds, $0.violations, $0.lastError) }
  }

  /// While there are faults nothing is quiet, so that I6 is not asked for here.
  private func watch(_ sql: String) async {
    let input = """
      SELECT 'round' UNION ALL
      SELECT concat_ws(' ', 'violation', invariant, subject, detail) FROM (
      \(sql)
      ) AS found WHERE invariant <> 'I6' \\watch \(secondsBetween)

      """
    let arguments = [
      "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", url,
    ]
    guard let child = try? ChildProcess.start("/usr/bin/psql", arguments, input: input) else {
      return
    }
    while !isEnding.load(ordering: .relaxed), child.exit == nil {
      try? await Task.sleep(for: .milliseconds(20))
    }
    let wasCut = child.exit != nil
    child.kill()
    guard let outcome = try? await child.outcome() else { return }
    let lines = outcome.standardOutput.split(separator: "\n").map(String.init)
    findings.withLock { findings in
      findings.rounds += lines.count(where: { $0 == "round" })
      findings.violations.formUnion(lines.filter { $0.hasPrefix("violation") })
      if wasCut { findings.lastError = outcome.standardError }
    }
    if wasCut { try? await Task.sleep(for: .milliseconds(100)) }
  }
}
