import Foundation
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// Who may scrape the console.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct MetricsAccessTests {
    @Test func `without a word of its own only this machine may scrape, and straight`()
      async throws
    {
      let console = try await ConsoleProcess.start(on: try SharedStack.current().stack)
      let answer = try await console.request("GET", "/metrics")
      #expect(answer.status == 200)
      #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
      for header in ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"] {
        let refused = try await console.request(
          "GET", "/metrics", headers: [header: "203.0.113.7"])
        #expect(refused.status == 403)
        #expect(!refused.body.contains("berth_up"))
      }
      try await console.terminate()
    }

    @Test func `with one whoever shows it may, and nobody else`() async throws {
      let folder = try TemporaryFolder("berth-metrics")
      try folder.write("open-sesame\n", to: "token")
      let console = try await ConsoleProcess.start(
        on: try SharedStack.current().stack,
        environment: ["BERTH_CONSOLE_METRICS_TOKEN_FILE": folder.file("token")])
      let without = try await console.request("GET", "/metrics")
      #expect(without.status == 401)
      #expect(without.headers["www-authenticate"] == "Bearer realm=\"metrics\"")
      #expect(try await console.request("GET", "/metrics", token: "open").status == 401)
      #expect(try await console.request("GET", "/metrics", token: "open-sesamE").status == 401)
      #expect(try await console.request("GET", "/metrics", token: "open-sesame").status == 200)
      // Another word needs no restart.
      try folder.write("another\n", to: "token")
      #expect(try await console.request("GET", "/metrics", token: "open-sesame").status == 401)
      #expect(try await console.request("GET", "/metrics", token: "another").status == 200)
      try await console.terminate()
    }

    @Test func `without an administrator's token there is nothing to tell`() async throws {
      let console = try await ConsoleProcess.start(
        on: try SharedStack.current().stack, environment: ["BERTH_ADMIN_TOKEN_FILE": nil])
      let answer = try await console.request("GET", "/metrics")
      #expect(answer.status == 503)
      #expect(answer.body.contains("--token-file"))
      try await console.terminate()
    }

    @Test func `the statistics are for administrators alone`() async throws {
      let shared = try SharedStack.current()
      await expectRefusal(.permissionDenied) { () async throws(RPCStatus) in
        try await shared.alice.caller.admin.getControlPlaneStatistics(
          GetControlPlaneStatisticsRequest())
      }
      let answer = try await shared.superAdmin.admin.getControlPlaneStatistics(
        GetControlPlaneStatisticsRequest(replicaOnly: true))
      #expect(answer.platform == nil && answer.replica != "")
      let whole = try await shared.superAdmin.admin.getControlPlaneStatistics(
        GetControlPlaneStatisticsRequest())
      #expect(whole.platform?.queue.isEmpty == false)
    }
  }
}
