import Foundation
import TestSupport
import Testing

@testable import Exposition

struct DashboardTests {
  private typealias Expressions = PrometheusExpressions

  @Test func `its expressions name metrics and labels that there are`() throws {
    let text = try textOfFile(Expressions.dashboardFile)
    let expressions = try Expressions.ofDashboard(text)
    #expect(expressions.count > 60)
    #expect(expressions.flatMap(Expressions.problems) == [])
    let variables = try Expressions.ofVariables(text)
    #expect(variables.map(\.label) == ["replica", "organization", "cluster"])
    for (selector, label) in variables {
      #expect(Expressions.problems(in: selector) == [])
      let name = try #require(Expressions.series(in: selector).first?.name)
      #expect(Expressions.metric(of: name)?.labels.contains(label) == true)
    }
  }

  @Test func `a name or a label that is not there is found`() {
    #expect(Expressions.problems(in: "sum(rate(berth_up_total[5m]))").count == 1)
    #expect(Expressions.problems(in: "berth_rpc_duration_seconds > 1").count == 1)
    #expect(Expressions.problems(in: #"berth_up{shard="0"} + berth_up{replica="a"}"#).count == 1)
    #expect(Expressions.problems(in: #"berth_rpc_duration_seconds_bucket{le="1.0"}"#) == [])
  }

  @Test func `Prometheus reads every expression`() async throws {
    let folder = try TemporaryFolder("berth-dashboard")
    let expressions = try Expressions.ofDashboard(textOfFile(Expressions.dashboardFile))
    let rules = expressions.enumerated().map { index, expression in
      let text = Expressions.filled(expression).replacingOccurrences(of: "'", with: "''")
      return "      - record: dashboard:expression\(index)\n        expr: '\(text)'\n"
    }
    try folder.write("groups:\n  - name: a\n    rules:\n" + rules.joined(), to: "rules.yml")
    let outcome = try await Promtool.run("check", "rules", folder.file("rules.yml"))
    #expect(outcome.exit == .exited(0), "\(outcome)")
    #expect(outcome.standardOutput.contains("\(expressions.count) rules found"))
  }

  @Test func `every metric has a place in the dashboard`() throws {
    let text = try textOfFile(Expressions.dashboardFile)
    let shown = Set(
      try Expressions.ofDashboard(text).flatMap(Expressions.series)
        .compactMap { Expressions.metric(of: $0.name)?.name })
    #expect(Metric.all.map(\.name).filter { !shown.contains($0) } == [])
  }

  @Test func `panels have ids of their own, do not overlap, and say what they show`() throws {
    let text = try textOfFile(Expressions.dashboardFile)
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let panels = try #require(object?["panels"] as? [[String: Any]])
    #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
    #expect(Set(panels.compactMap { $0["title"] as? String }).count == panels.count)
    var taken: Set<[Int]> = []
    for panel in panels {
      let place = try #require(panel["gridPos"] as? [String: Int])
      let (x, y) = (try #require(place["x"]), try #require(place["y"]))
      let (w, h) = (try #require(place["w"]), try #require(place["h"]))
      for column in x..<(x + w) {
        for line in y..<(y + h) { #expect(taken.insert([column, line]).inserted) }
      }
      #expect(x + w <= 24)
    }
  }
}
