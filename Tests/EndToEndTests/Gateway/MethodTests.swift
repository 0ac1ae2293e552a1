import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// Every RPC as `POST /berth.v1.Service/Method`.
  @Suite(.serialized, .timeLimit(.minutes(5))) struct MethodTests {
    let shared: SharedStack
    let console: ConsoleProcess

    init() async throws {
      shared = try SharedStack.current()
      console = try await shared.console()
    }

    private func call(
      _ method: String, _ body: String? = "{}", token: String? = nil,
      headers: [String: String] = [:]
    ) async throws -> HTTPAnswer {
      try await console.request(
        "POST", "/berth.v1.\(method)", token: token ?? shared.alice.tokens.accessToken, body: body,
        headers: headers)
    }

    @Test func `the workflow of a deployment in protobuf's JSON`() async throws {
      let cluster = try await call(
        "ClusterService/CreateCluster",
        """
        {"organizationId": "\(shared.tenant.id)", "name": "\(UniqueName.make("c"))",
         "capacity": {"cpuMillis": "2000", "memory_bytes": 1073741824}}
        """)
      #expect(cluster.status == 200)
      #expect(cluster.text("cluster", "capacity", "memoryBytes") == "1073741824")
      let clusterID = try #require(cluster.text("cluster", "id"))
      let created = try await call(
        "DeploymentService/CreateDeployment",
        """
        {"clusterId": "\(clusterID)", "image": "example.com/model:1", "env": {"A": "1"},
         "resources": {"cpuMillis": 500, "memoryBytes": "1048576"}, "queueTimeToLive": "90s"}
        """)
      #expect(created.text("deployment", "state") == "DEPLOYMENT_STATE_QUEUED")
      #expect(created.text("deployment", "queueTimeToLive") == "90s")
      let id = try #require(created.text("deployment", "id"))
      try await shared.alice.caller.wait(for: .scheduled, of: id)
      let explained = try await call(
        "DeploymentService/ExplainDeployment", "{\"id\": \"\(id)\"}")
      #expect(explained.text("standing") == "STANDING_PLACED")
      let cancelled = try await call(
        "DeploymentService/CancelDeployment", "{\"id\": \"\(id)\"}")
      #expect(cancelled.text("deployment", "state") == "DEPLOYMENT_STATE_CANCELLED")
    }

    @Test func `an error has the call's code, its HTTP status and its details`() async throws {
      let invalid = try await call("UserService/CreateUser", "{\"username\": \"a b\"}")
      #expect(invalid.status == 400)
      #expect(invalid.text("code") == "INVALID_ARGUMENT")
      #expect(
        invalid.text("details", 0, "@type") == "type.googleapis.com/google.rpc.BadRequest")
      #expect(invalid.text("details", 0, "fieldViolations", 0, "field") == "username")
      let missing = try await call(
        "DeploymentService/GetDeployment", "{\"id\": \"0190163d-8694-739b-aea5-966c26f8ad90\"}")
      #expect(missing.status == 404)
      #expect(missing.text("details", 0, "reason") == "NOT_FOUND")
      let taken = try await call(
        "UserService/CreateUser", "{\"username\": \"alice\", \"password\": \"correct horse 7\"}")
      #expect(taken.status == 409)
      #expect(try await call("AdminService/GetScheduler").status == 403)
    }

    @Test func `an empty body is a request without fields`() async throws {
      let version = try await console.request("POST", "/berth.v1.AdminService/Version")
      #expect(version.status == 200)
      #expect(version.text("protocol") == "berth/1")
      #expect(try await call("UserService/WhoAmI", nil).text("name") == "alice")
    }

    @Test func `a time limit that passes is a gateway's time-out`() async throws {
      let late = try await call(
        "UserService/WhoAmI", headers: ["x-request-timeout": "0.000001"])
      #expect(late.status == 504, "\(late)")
      #expect(late.text("code") == "DEADLINE_EXCEEDED")
      let watch = try await console.open(
        "POST", "/berth.v1.DeploymentService/WatchDeployments",
        token: shared.alice.tokens.accessToken, body: "{}", headers: ["x-request-timeout": "3"])
      var lines: [String] = []
      for try await line in ConsoleProcess.lines(of: watch) { lines.append(line) }
      #expect(
        lines.last?.hasPrefix("{\"error\":{\"code\":\"DEADLINE_EXCEEDED\"") == true, "\(lines)")
    }

    @Test func `a stream's messages are lines, each sent when it comes`() async throws {
      let tenant = try await shared.alice.caller.createOrganization()
      let cluster = try await shared.alice.caller.createCluster(in: tenant.id)
      let watch = try await console.open(
        "POST", "/berth.v1.DeploymentService/WatchDeployments",
        token: shared.alice.tokens.accessToken,
        body: "{\"organizationId\": \"\(tenant.id)\", \"includeCurrent\": true}")
      #expect(ConsoleProcess.status(of: watch) == 200)
      #expect(ConsoleProcess.headers(of: watch)["content-type"] == "application/x-ndjson")
      let deployment = try await shared.alice.caller.deploy(to: cluster.id)
      var states: [String] = []
      for try await line in ConsoleProcess.lines(of: watch) {
        let answer = HTTPAnswer(status: 200, headers: [:], body: line)
        #expect(answer.text("deployment", "id") == deployment.id)
        states.append(answer.text("event", "state") ?? "")
        if states.last == "DEPLOYMENT_STATE_SCHEDULED" { break }
      }
      #expect(states == ["DEPLOYMENT_STATE_QUEUED", "DEPLOYMENT_STATE_SCHEDULED"])
    }

    @Test func `a stream that is refused has the status of the refusal`() async throws {
      let path = "/berth.v1.DeploymentService/WatchDeployments"
      #expect(try await console.request("POST", path, body: "{}").status == 401)
      let outside = try await console.request(
        "POST", path, token: shared.mallory.tokens.accessToken,
        body: "{\"organizationId\": \"\(shared.tenant.id)\"}")
      #expect(outside.status == 404)
      #expect(outside.text("code") == "NOT_FOUND")
    }

    @Test func `when the caller goes the call ends on the server`() async throws {
      let superAdmin = shared.superAdmin
      func open() async throws -> UInt64 {
        let statistics = StatisticsServiceClient(superAdmin.channel)
        let answer = try await statistics.getServerStatistics(GetServerStatisticsRequest())
        return answer.traffic?.streamsOpen ?? 0
      }
      let before = try await open()
      do {
        let curl = try ChildProcess.start(
          "/usr/bin/curl",
          [
            "-sN", "--cacert", console.authority, "-H", "content-type: application/json", "-H",
            "authorization: Bearer \(shared.alice.tokens.accessToken)", "-d", "{}",
            console.url + "/berth.v1.DeploymentService/WatchDeployments",
          ])
        try await eventually("the watch to be open") { try await open() > before }
        curl.kill()
        try await curl.waitForExit()
      }
      try await eventually("the watch to end", within: .seconds(10)) { try await open() <= before }
    }

    @Test func `a caller that reads slowly loses nothing, and the server waits`() async throws {
      let tenant = try await shared.alice.caller.createOrganization()
      let cluster = try await shared.alice.caller.createCluster(in: tenant.id, cpu: 1_000)
      let command = [String](repeating: String(repeating: "x", count: 4_000), count: 8)
      for _ in 0..<40 {
        _ = try await shared.alice.caller.deploy(
          to: cluster.id, cpu: 1_000, command: command)
      }
      let watch = try await console.open(
        "POST", "/berth.v1.DeploymentService/WatchDeployments",
        token: shared.alice.tokens.accessToken,
        body: "{\"organizationId\": \"\(tenant.id)\", \"includeCurrent\": true}")
      var ids: Set<String> = []
      for try await line in ConsoleProcess.lines(of: watch) {
        let answer = HTTPAnswer(status: 200, headers: [:], body: line)
        if let id = answer.text("deployment", "id") { ids.insert(id) }
        if ids.count == 40 { break }
        try await Task.sleep(for: .milliseconds(10))
      }
      #expect(ids.count == 40)
    }

    @Test func `methods are open exactly where the description says so`() async throws {
      let document = try await console.request("GET", "/openapi.json")
      let paths = try #require(document.value("paths") as? [String: [String: [String: Any]]])
      for (path, methods) in paths {
        for (method, operation) in methods {
          let security = try #require(operation["security"] as? [Any])
          let isStream = path.hasSuffix("HealthService/Watch")
          let answer = try await console.open(
            method.uppercased(), path, body: method == "get" ? nil : "{}")
          let status = ConsoleProcess.status(of: answer)
          #expect(status != 404 && status != 405, "\(path): \(status)")
          let takesStream = path.hasSuffix("AgentService/Attach")
          if !takesStream {
            #expect((status == 401) == !security.isEmpty, "\(path): \(status)")
          }
          if isStream { #expect(status == 200) }
        }
      }
      #expect(paths.count > 60)
    }
  }
}
