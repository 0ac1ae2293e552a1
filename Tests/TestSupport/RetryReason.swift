import Foundation

/// Why an attempt ended, as the table "Retries" of docs/scheduling.md names it.
package enum RetryReason: String, CaseIterable, Sendable {
  case imageNotFound = "`image-not-found`"
  case refusedByEngine = "`start-failed`, what the engine refuses"
  case engineAway = "`start-failed`, where the engine was away or busy"
  case outOfMemory = "`out-of-memory`"
  case exited = "`exited`, with a code other than 0"
  case removed = "`exited`, removed from outside"
  case stopped = "`stopped`, on order"
  case containerLost = "`container-lost`, the agent came back without it"
  case agentLost = "the agent was lost"
  case preempted = "preempted"
  case queueTimeout = "`queue-timeout`"
  case startDeadline = "`start-deadline`"

  /// Who decides whether it is tried again.
  package enum Judge: Sendable {
    /// The agent that reports it.
    case agent
    /// Who compares what an agent found with what holds.
    case session
    /// The transition that ends the attempt.
    case transition
  }

  package var judge: Judge {
    switch self {
    case .imageNotFound, .refusedByEngine, .engineAway, .outOfMemory, .exited, .removed, .stopped:
      .agent
    case .containerLost: .session
    case .agentLost, .preempted, .queueTimeout, .startDeadline: .transition
    }
  }

  package static func judged(by judge: Judge) -> [RetryReason] {
    allCases.filter { $0.judge == judge }
  }

  /// What the table says of each of its rows: whether it is tried again.
  package static func documented() throws -> [String: Bool] {
    let path = TestEnvironment.checkout + "/docs/scheduling.md"
    let lines = try String(contentsOfFile: path, encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
    let section = lines.drop { $0 != "## Retries" }.dropFirst().prefix { !$0.hasPrefix("## ") }
    var rows: [String: Bool] = [:]
    for line in section.filter({ $0.hasPrefix("| ") }).dropFirst() {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 2 else { continue }
      rows[cells[0]] = cells[1].hasPrefix("yes")
    }
    return rows
  }

  /// Whether the table says that it is tried again.
  package func isDocumentedAsRetried() throws -> Bool {
    guard let isRetried = try Self.documented()[rawValue] else { throw NoSuchRow(reason: self) }
    return isRetried
  }

  package struct NoSuchRow: Error {
    package let reason: RetryReason
  }
}
