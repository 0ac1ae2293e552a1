import Testing

@testable import Exposition

/// The list of metrics, by Prometheus' conventions and as docs/metrics.md has it.
struct MetricListTests {
  @Test(arguments: Metric.all) func `names follow the conventions`(metric: Metric) {
    #expect(metric.name.wholeMatch(of: #/(berth|process)_[a-z0-9_]+/#) != nil)
    #expect(metric.name.hasSuffix("_total") == (metric.kind == .counter))
    for suffix in ["_bucket", "_sum", "_count", "_info"] where suffix != "_info" {
      #expect(!metric.name.hasSuffix(suffix))
    }
    if metric.kind == .histogram { #expect(metric.name.hasSuffix("_seconds")) }
    #expect(metric.help.hasSuffix("."))
    #expect(!metric.help.contains("\n"))
    for label in metric.labels {
      #expect(label.wholeMatch(of: #/[a-z][a-z_]*/#) != nil && label != "le")
      #expect(!metric.name.contains("_by_\(label)"))
    }
  }

  @Test func `the page's table is the list`() throws {
    let page = try textOfFile("docs/metrics.md")
    let rows = page.split(separator: "\n").filter {
      $0.hasPrefix("| `berth_") || $0.hasPrefix("| `process_")
    }
    let wanted = Metric.all.map { metric in
      let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
      return "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.help) |"
    }
    #expect(
      rows.map { String($0) } == wanted,
      "in docs/metrics.md should stand:\n\(wanted.joined(separator: "\n"))")
  }
}
