import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// A real Prometheus server, with the configuration, the rules and the dashboard of deploy/.
  @Suite(.serialized, .timeLimit(.minutes(4))) struct PrometheusTests {
    /// Panels that are empty while all goes well.
    private static let mayBeEmpty = ["count(sum by (shard)", #"code!="OK""#]

    @Test func `Prometheus scrapes the console and answers the dashboard`() async throws {
      try await Stack.with { stack in
        let folder = try TemporaryFolder("berth-prometheus")
        try folder.write("open-sesame\n", to: "berth-metrics.token")
        let scene = try await MetricsScene.play(
          on: stack,
          console: ["BERTH_CONSOLE_METRICS_TOKEN_FILE": folder.file("berth-metrics.token")])
        let prometheus = try await PrometheusServer.start(
          in: folder, console: scene.console, authority: stack.certificates.authority)
        try await eventually("two scrapes", within: .seconds(30)) {
          let counts = try await prometheus.query("count_over_time(berth_up[1m])")
          return try #require(counts as? [[String: Any]]).contains { series in
            ((series["value"] as? [Any])?.last as? String).flatMap(Int.init) ?? 0 >= 3
          }
        }
        let text = try String(
          contentsOfFile: TestEnvironment.checkout + "/deploy/grafana/berth.json",
          encoding: .utf8)
        let expressions = Self.expressions(
          try JSONSerialization.jsonObject(with: Data(text.utf8)))
        #expect(expressions.count > 60)
        for expression in expressions {
          let filled = expression.replacing("$__rate_interval", with: "1m")
            .replacing(#/\$(replica|organization|cluster)/#, with: ".*")
          let answer = try await prometheus.query(filled) as? [Any]
          let isEmpty = try #require(answer).isEmpty
          #expect(
            !isEmpty || Self.mayBeEmpty.contains { expression.contains($0) }, "\(expression)")
        }
        // Of what the scene did nothing is an alarm that rings at once.
        let firing = try await prometheus.query(#"ALERTS{alertstate="firing"}"#) as? [Any]
        #expect(firing?.isEmpty == true, "\(String(describing: firing))")
        let rules = try await prometheus.query(#"berth:rpc_errors:ratio_rate5m"#) as? [Any]
        #expect(rules != nil)
        try await prometheus.end()
        try await scene.end()
      }
    }

    private static func expressions(_ value: Any) -> [String] {
      if let object = value as? [String: Any] {
        return object.flatMap { name, inner -> [String] in
          if name == "expr", let text = inner as? String { return [text] }
          return name == "annotations" ? [] : expressions(inner)
        }
      }
      return (value as? [Any])?.flatMap(expressions) ?? []
    }
  }
}

/// A Prometheus process of a test's own, by deploy/prometheus with a shorter interval.
private struct PrometheusServer {
  let process: ChildProcess
  let url: String

  static func start(
    in folder: TemporaryFolder, console: ConsoleProcess, authority: String
  ) async throws -> PrometheusServer {
    let deploy = TestEnvironment.checkout + "/deploy/prometheus/"
    let text = try String(contentsOfFile: deploy + "prometheus.yml", encoding: .utf8)
    try folder.write(
      text.replacing("15s", with: "1s").replacing("scrape_timeout: 10s", with: "scrape_timeout: 1s")
        .replacing("127.0.0.1:8443", with: "127.0.0.1:\(console.port)"), to: "prometheus.yml")
    try folder.write(
      String(contentsOfFile: deploy + "berth.rules.yml", encoding: .utf8), to: "berth.rules.yml")
    try folder.write(String(contentsOfFile: authority, encoding: .utf8), to: "berth-ca.pem")
    let port = try FreePort.find()
    let process = try ChildProcess.start(
      "/usr/bin/prometheus",
      [
        "--config.file=" + folder.file("prometheus.yml"),
        "--storage.tsdb.path=" + folder.file("data"), "--web.listen-address=127.0.0.1:\(port)",
      ])
    let server = PrometheusServer(process: process, url: "http://127.0.0.1:\(port)")
    try await eventually("Prometheus to serve", within: .seconds(20)) {
      (try? await server.get("/-/ready"))?.status == 200
    }
    return server
  }

  /// What an instant query yields; the test fails where Prometheus refuses it.
  func query(_ expression: String) async throws -> Any? {
    var components = URLComponents()
    components.queryItems = [URLQueryItem(name: "query", value: expression)]
    let encoded = components.percentEncodedQuery?.replacing("+", with: "%2B") ?? ""
    let answer = try await get("/api/v1/query?\(encoded)")
    try #require(answer.status == 200, "\(expression): \(answer)")
    return answer.value("data", "result")
  }

  func end() async throws { try await process.terminate(within: .seconds(20)) }

  private func get(_ path: String) async throws -> HTTPAnswer {
    let response = try await HTTPClient.shared.execute(
      HTTPClientRequest(url: url + path), timeout: .seconds(10))
    let body = try await response.body.collect(upTo: 16 << 20)
    return HTTPAnswer(
      status: Int(response.status.code), headers: [:], body: String(buffer: body))
  }
}
