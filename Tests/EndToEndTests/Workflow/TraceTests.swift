import Foundation
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// Traces and request ids through all programs.
  @Suite(.serialized, .timeLimit(.minutes(3))) struct TraceTests {
    private struct Scene {
      let stack: Stack
      let collector: HTTPCollector
      let agent: RunningAgent
      /// Of `berth`, as somebody who may deploy.
      let environment: [String: String?]
      let cluster: String

      static func with(_ body: (Scene) async throws -> Void) async throws {
        let collector = try HTTPCollector()
        let telemetry: [String: String?] = [
          "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "50",
          "TRACEPARENT": nil, "OTEL_TRACES_SAMPLER": nil,
        ]
        try await Stack.with(StackOptions(environment: telemetry)) { stack in
          let alice = try await stack.signUp("alice")
          let tenant = try await alice.caller.createOrganization()
          let cluster = try await alice.caller.createCluster(in: tenant.id, gpu: 1_000)
          let agent = try await RunningAgent.start(
            for: cluster.id, by: alice.caller, on: stack, environment: telemetry)
          let home = try TemporaryFolder("berth-home")
          let token = try home.write(alice.tokens.accessToken, to: "token")
          let environment: [String: String?] = [
            "BERTH_CONFIG_HOME": home.file("berth"), "BERTH_ADDRESS": stack.berthd.address,
            "BERTH_CA": stack.certificates.authority, "BERTH_TOKEN_FILE": token,
          ]
          do {
            try await body(
              Scene(
                stack: stack, collector: collector, agent: agent,
                environment: environment.merging(telemetry) { $1 }, cluster: cluster.id))
          } catch {
            let spans = try collector.spans().map { "\($0.service) \($0.trace) \($0.name)" }
            Issue.record("the spans that came, for the failure that follows: \(spans)")
            throw error
          }
          withExtendedLifetime(home) {}
        }
      }

      /// Runs `berth deploy` until the container runs; returns the deployment's id.
      func deploy(_ changes: [String: String?] = [:]) async throws -> String {
        let outcome = try await ChildProcess.run(
          TestEnvironment.program("berth"),
          [
            "-o", "json", "deploy", "example.com/model:1", "--cluster", cluster, "--cpu", "0.1",
            "--memory", "1MiB", "--wait", "running", "--", "serve", "--forever",
          ], environment: environment.merging(changes) { $1 })
        #expect(outcome.exit == .exited(0), "\(outcome)")
        return try #require(
          try CreateDeploymentResponse(jsonString: outcome.standardOutput).deployment?.id)
      }
    }

    @Test func `one deploy is one trace: command, call, statement, placement, container`()
      async throws
    {
      try await Scene.with { scene in
        let id = try await scene.deploy()
        let create = "berth.v1.DeploymentService/CreateDeployment"
        let all = try await eventually("the whole trace", every: .milliseconds(100)) {
          () async throws -> [CollectedSpan]? in
          let spans = try scene.collector.spans()
          guard let root = spans.first(where: { $0.name == "berth deploy" }) else { return nil }
          let trace = spans.filter { $0.trace == root.trace }
          return trace.contains { $0.name == "start container" }
            && trace.contains { $0.name == "place deployment" }
            && trace.contains { $0.name == create && $0.kind == 2 } ? trace : nil
        }
        func one(_ name: String, kind: Int, of service: String) throws -> CollectedSpan {
          let found = all.filter { $0.name == name && $0.kind == kind && $0.service == service }
          #expect(found.count == 1, "\(name): \(found)")
          return try #require(found.first)
        }
        let command = try one("berth deploy", kind: 1, of: "berth")
        let client = try one(create, kind: 3, of: "berth")
        let server = try one(create, kind: 2, of: "berthd")
        let statement = try one("create", kind: 3, of: "berthd")
        let placement = try one("place deployment", kind: 1, of: "berthd")
        let start = try one("start container", kind: 5, of: "berth-agent")
        #expect(command.parent == nil && client.parent == command.id)
        #expect(server.parent == client.id && statement.parent == server.id)
        #expect(placement.parent == server.id && start.parent == placement.id)
        #expect(Set(all.map(\.id)).count == all.count, "no id stands for two")
        for span in [placement, start] { #expect(span.attributes["berth.deployment.id"] == id) }
        #expect(server.attributes["enduser.id"]?.contains("alice") == true)
        #expect(all.allSatisfy { !$0.isError }, "\(all.filter(\.isError))")
        let told = try scene.agent.environment(of: id)["TRACEPARENT"]
        #expect(told == "00-\(start.trace)-\(start.id)-03")
        // The log names the call by the ids that the span has.
        let request = try #require(server.attributes["berth.request_id"])
        #expect(!request.isEmpty)
      }
    }

    @Test func `a trace that somebody began goes on, and one that is not recorded is not`()
      async throws
    {
      try await Scene.with { scene in
        let trace = "0af7651916cd43dd8448eb211c80319c"
        let id = try await scene.deploy(["TRACEPARENT": "00-\(trace)-b7ad6b7169203331-01"])
        let root = try await eventually("the command's span", every: .milliseconds(100)) {
          try scene.collector.spans().first { $0.name == "berth deploy" }
        }
        #expect(root.trace == trace && root.parent == "b7ad6b7169203331")
        #expect(try scene.agent.environment(of: id)["TRACEPARENT"]?.contains(trace) == true)

        let silent = "1af7651916cd43dd8448eb211c80319c"
        let other = try await scene.deploy(["TRACEPARENT": "00-\(silent)-b7ad6b7169203331-00"])
        #expect(try scene.agent.environment(of: other)["TRACEPARENT"] == nil)
        #expect(try scene.collector.spans().allSatisfy { $0.trace != silent })

        // A command that records nothing hands the trace on all the same.
        let handed = "2af7651916cd43dd8448eb211c80319c"
        _ = try await scene.deploy([
          "TRACEPARENT": "00-\(handed)-b7ad6b7169203331-01", "OTEL_EXPORTER_OTLP_ENDPOINT": nil,
        ])
        try await eventually("the server's span", every: .milliseconds(100)) {
          try scene.collector.spans().contains {
            $0.trace == handed && $0.kind == 2 && $0.parent == "b7ad6b7169203331"
          }
        }
      }
    }

    @Test func `a collector that is away keeps nobody waiting, and is told of once`() async throws {
      let dead = "http://127.0.0.1:\(try FreePort.find())"
      let options = StackOptions(environment: [
        "OTEL_EXPORTER_OTLP_ENDPOINT": dead, "OTEL_BSP_SCHEDULE_DELAY": "20",
      ])
      try await Stack.with(options) { stack in
        let alice = try await stack.signUp("alice")
        for _ in 0..<50 { _ = try await alice.caller.users.whoAmI(WhoAmIRequest()) }
        let (exit, took) = try await stack.berthd.terminate()
        #expect(exit == .exited(0) && took < .seconds(12))
        #expect(stack.berthd.count("spans are lost") <= 2)
        #expect(stack.berthd.count("spans") >= 1)
        let refused = try await StartAttempt.run(
          stack, ["OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4317"])
        #expect(refused.exit == .exited(78), "\(refused)")
        #expect(refused.standardError.contains("OTEL_EXPORTER_OTLP_ENDPOINT"))
      }
    }

    @Test func `every line of a call has the request's id, as JSON`() async throws {
      try await Stack.with(StackOptions(environment: ["BERTH_LOG_LEVEL": "debug"])) { stack in
        let caller = try await stack.connect()
        let id = UniqueName.make("request")
        let trace = "0af7651916cd43dd8448eb211c80319c"
        _ = try? await caller.users.login(
          LoginRequest(username: "nobody", password: "a password"),
          options: CallOptions(metadata: [
            "x-request-id": id, "traceparent": "00-\(trace)-b7ad6b7169203331-01",
          ]))
        let line = try await eventually("the access log's line") {
          stack.berthd.log.split(separator: "\n").first { $0.contains(id) }
        }
        for line in stack.berthd.log.split(separator: "\n") {
          let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
          let fields = try #require(value as? [String: String], "\(line)")
          for name in ["time", "level", "logger", "message"] {
            #expect(fields[name]?.isEmpty == false, "\(name) of \(line)")
          }
        }
        let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
        let fields = try #require(value as? [String: String])
        #expect(fields["request_id"] == id && fields["trace_id"] == trace)
        #expect(fields["method"] == "berth.v1.UserService/Login")
      }
    }
  }
}
