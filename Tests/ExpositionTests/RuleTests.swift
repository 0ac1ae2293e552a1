import Foundation
import TestSupport
import Testing

@testable import Exposition

/// The alert rules under deploy/prometheus.
struct RuleTests {
  @Test func `promtool finds nothing wrong, and their tests pass`() async throws {
    let rules = repositoryFile(PrometheusExpressions.rulesFile)
    let check = try await Promtool.run("check", "rules", rules)
    #expect(check.exit == .exited(0), "\(check)")
    let test = try await Promtool.run(
      "test", "rules", repositoryFile("deploy/prometheus/berth.rules.test.yml"))
    #expect(test.exit == .exited(0), "\(test)")
  }

  @Test func `they name metrics and labels that there are`() throws {
    let text = try textOfFile(PrometheusExpressions.rulesFile)
    #expect(text.matches(of: #/- alert: /#).count > 15)
    #expect(
      text.split(separator: "\n").map(String.init).flatMap(PrometheusExpressions.problems) == [])
  }

  @Test func `every alert is tested, says what to do, and is in the page's table`() throws {
    let text = try textOfFile(PrometheusExpressions.rulesFile)
    let tests = try textOfFile("deploy/prometheus/berth.rules.test.yml")
    let page = try textOfFile("docs/metrics.md")
    for alert in text.split(separator: "      - ").map(String.init) where alert.hasPrefix("alert:")
    {
      let name = alert.prefix { $0 != "\n" }.dropFirst("alert: ".count)
      #expect(tests.contains("alertname: \(name)\n"), "\(name) has no test")
      #expect(page.contains("| `\(name)` |"), "docs/metrics.md does not tell of \(name)")
      for part in ["severity:", "summary:", "description:"] {
        #expect(alert.contains(part), "\(name) has no \(part)")
      }
    }
  }

  @Test func `the example of a configuration is one`() async throws {
    let folder = try TemporaryFolder("berth-prometheus")
    let text = try textOfFile("deploy/prometheus/prometheus.yml")
    try folder.write(text, to: "prometheus.yml")
    try folder.write("word\n", to: "berth-metrics.token")
    try folder.write(
      String(contentsOfFile: TestEnvironment.certificates().authority, encoding: .utf8),
      to: "berth-ca.pem")
    try folder.write(textOfFile(PrometheusExpressions.rulesFile), to: "berth.rules.yml")
    let check = try await Promtool.run("check", "config", folder.file("prometheus.yml"))
    #expect(check.exit == .exited(0), "\(check)")
  }
}
