import Foundation

@testable import Exposition

/// The expressions of the dashboard, and what a PromQL expression names.
enum PrometheusExpressions {
  static let dashboardFile = "deploy/grafana/berth.json"
  static let rulesFile = "deploy/prometheus/berth.rules.yml"

  /// Every expression of a dashboard: of its panels and its annotations.
  static func ofDashboard(_ text: String) throws -> [String] {
    var found: [String] = []
    collect(try JSONSerialization.jsonObject(with: Data(text.utf8)), "expr", into: &found)
    return found
  }

  /// What its variables ask for: `label_values(SELECTOR, LABEL)`.
  static func ofVariables(_ text: String) throws -> [(selector: String, label: String)] {
    var found: [String] = []
    collect(try JSONSerialization.jsonObject(with: Data(text.utf8)), "definition", into: &found)
    return found.compactMap { query in
      query.wholeMatch(of: #/label_values\((.*), ([a-z_]+)\)/#).map {
        (String($0.output.1), String($0.output.2))
      }
    }
  }

  private static func collect(_ value: Any, _ key: String, into found: inout [String]) {
    if let object = value as? [String: Any] {
      if let text = object[key] as? String { found.append(text) }
      for name in object.keys.sorted() where name != key {
        if let inner = object[name] { collect(inner, key, into: &found) }
      }
    } else if let list = value as? [Any] {
      for inner in list { collect(inner, key, into: &found) }
    }
  }

  /// As Prometheus gets it, with Grafana's variables in place.
  static func filled(_ expression: String) -> String {
    expression.replacingOccurrences(of: "$__rate_interval", with: "1m")
      .replacing(#/\$(replica|organization|cluster)/#, with: ".*")
  }

  /// Each series that is named, with the labels that its selector asks for.
  static func series(in expression: String) -> [(name: String, labels: [String])] {
    expression.matches(of: #/\b((?:berth|process)_[a-z0-9_]+)(?:\{([^}]*)\})?/#).map { match in
      let selector = match.output.2 ?? ""
      let labels = selector.matches(of: #/([a-z_]+)\s*(?:=~|!~|!=|=)/#)
        .map { String($0.output.1) }
      return (String(match.output.1), labels)
    }
  }

  /// The metric of a series; nil: there is none.
  static func metric(of series: String) -> Metric? {
    Metric.all.first { metric in
      metric.kind == .histogram
        ? ["_bucket", "_sum", "_count"].contains { metric.name + $0 == series }
        : metric.name == series
    }
  }

  /// What is wrong with the series of an expression.
  static func problems(in expression: String) -> [String] {
    let own: Set = ["job", "instance", "le"]
    return series(in: expression).flatMap { name, labels -> [String] in
      guard let metric = metric(of: name) else { return ["no metric \(name): \(expression)"] }
      return labels.filter { !own.contains($0) && !metric.labels.contains($0) }
        .map { "\(name) has no label \($0): \(expression)" }
    }
  }
}
