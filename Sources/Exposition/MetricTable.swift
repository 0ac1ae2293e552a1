/// Metrics with their values, written in Prometheus' text format, version 0.0.4.
package struct MetricTable {
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// Lines by the name of their metric.
  private var lines: [String: String] = [:]

  package init() {}

  mutating func set(_ metric: Metric, _ value: some MetricValue) { set(metric, [], value) }

  /// - Parameter values: one for each of the metric's labels.
  mutating func set(_ metric: Metric, _ values: [String], _ value: some MetricValue) {
    add(metric, "", labels(metric, values), value.metricText)
  }

  mutating func set(_ metric: Metric, _ values: [String], _ histogram: Histogram) {
    let own = labels(metric, values)
    for bucket in histogram.cumulative {
      // One division rounds once, so that the bound is told as short as it is.
      let bound = (Double(bucket.upTo) / 1e9).metricText
      add(metric, "_bucket", own + [#"le="\#(bound)""#], "\(bucket.count)")
    }
    add(metric, "_bucket", own + [#"le="+Inf""#], "\(histogram.count)")
    add(metric, "_sum", own, histogram.sum.metricText)
    add(metric, "_count", own, "\(histogram.count)")
  }

  /// Every metric that has a value, in the order of `Metric.all`.
  package var text: String {
    var text = ""
    for metric in Metric.all {
      guard let own = lines[metric.name] else { continue }
      text += "# HELP \(metric.name) \(Self.escapedHelp(metric.help))\n"
      text += "# TYPE \(metric.name) \(metric.kind.rawValue)\n"
      text += own
    }
    return text
  }

  private mutating func add(
    _ metric: Metric, _ suffix: String, _ labels: [String], _ value: String
  ) {
    let braced = labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
    lines[metric.name, default: ""] += "\(metric.name)\(suffix)\(braced) \(value)\n"
  }

  private func labels(_ metric: Metric, _ values: [String]) -> [String] {
    precondition(metric.labels.count == values.count, "\(metric.name): a value for each label")
    return zip(metric.labels, values).map { #"\#($0)="\#(Self.escaped($1))""# }
  }

  /// Of a label's value: a backslash, a quote and the end of a line would end it.
  static func escaped(_ value: String) -> String {
    var escaped = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  private static func escapedHelp(_ help: String) -> String {
    help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
  }
}
