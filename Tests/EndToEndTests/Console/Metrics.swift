import Foundation
import Testing

/// The series of one scrape, read for tests.
struct Metrics: Sendable {
  /// By the whole series, `name{label="value",...}`, as it is written.
  let values: [String: Double]
  let text: String

  init(_ text: String) throws {
    self.text = text
    var values: [String: Double] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let space = try #require(line.lastIndex(of: " "), "\(line)")
      let value = try #require(Double(line[line.index(after: space)...]), "\(line)")
      #expect(values.updateValue(value, forKey: String(line[..<space])) == nil, "twice: \(line)")
    }
    self.values = values
  }

  /// The sum of the series of a metric whose labels have these values; nil: there is none.
  func sum(_ name: String, _ labels: [String: String] = [:]) -> Double? {
    let wanted = labels.map { "\($0.key)=\"\($0.value)\"" }
    let found = values.filter { series, _ in
      series.prefix { $0 != "{" } == name && wanted.allSatisfy { series.contains($0) }
    }
    return found.isEmpty ? nil : found.values.reduce(0, +)
  }
}

extension ConsoleProcess {
  /// One scrape, from this machine.
  func scrape() async throws -> Metrics {
    let answer = try await request("GET", "/metrics")
    try #require(answer.status == 200, "\(answer)")
    return try Metrics(answer.body)
  }
}
