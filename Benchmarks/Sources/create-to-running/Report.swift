import Foundation

/// What was measured.
struct Report: Encodable {
  let samples: Int
  let create: Percentiles
  let createToRunning: Percentiles
  let commit: Percentiles
  let targetMilliseconds: Double

  var isTargetMet: Bool { createToRunning.p50 < targetMilliseconds }
  /// How many durable commits the median takes.
  var ratio: Double { (createToRunning.p50 / max(commit.p50, 0.001) * 10).rounded() / 10 }

  private enum Key: String, CodingKey {
    case unit, samples, create, createToRunning, commit, commitsPerMedian, targetMilliseconds
    case isTargetMet
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode("milliseconds", forKey: .unit)
    try values.encode(samples, forKey: .samples)
    try values.encode(create, forKey: .create)
    try values.encode(createToRunning, forKey: .createToRunning)
    try values.encode(commit, forKey: .commit)
    try values.encode(ratio, forKey: .commitsPerMedian)
    try values.encode(targetMilliseconds, forKey: .targetMilliseconds)
    try values.encode(isTargetMet, forKey: .isTargetMet)
  }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  func table() -> String {
    let rows: [(String, Percentiles)] = [
      ("create -> its answer", create), ("answer -> RUNNING", createToRunning),
      ("one durable commit (psql)", commit),
    ]
    var lines = ["\(samples) deployments, one at a time, simulated engine; milliseconds", ""]
    lines.append(Self.line("", ["p50", "p90", "p99", "least", "most"]))
    for (name, row) in rows {
      let cells = [row.p50, row.p90, row.p99, row.least, row.most]
      lines.append(Self.line(name, cells.map { String(format: "%.3f", $0) }))
    }
    let verdict = isTargetMet ? "met" : "MISSED"
    lines.append("")
    lines.append("answer -> RUNNING is \(ratio) durable commits at the median")
    lines.append("target: below \(Int(targetMilliseconds)) ms at the median: \(verdict)")
    return lines.joined(separator: "\n")
  }

  private static func line(_ name: String, _ cells: [String]) -> String {
    let width = 10
    let head = name + String(repeating: " ", count: max(0, 26 - name.count))
    return cells.reduce(head) { line, cell in
      line + String(repeating: " ", count: max(1, width - cell.count)) + cell
    }
  }
}
