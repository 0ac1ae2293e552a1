import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// The example in Python, written from docs/protocol.md alone, against the real server.
  @Suite(.serialized, .timeLimit(.minutes(3))) struct PythonClientTests {
    let shared: SharedStack
    let files: TemporaryFolder

    init() throws {
      shared = try SharedStack.current()
      files = try TemporaryFolder("berth-python")
    }

    private func arguments(authority: String? = nil) throws -> [String] {
      let token = try files.write(shared.alice.tokens.accessToken, to: "token")
      return [
        "--address", shared.stack.berthd.address, "--token-file", token, "--ca",
        authority ?? shared.stack.certificates.authority,
      ]
    }

    private func example(_ command: String..., exits status: Int32 = 0) async throws -> String {
      let outcome = try await PythonClient.run("example.py", try arguments() + command)
      #expect(outcome.exit == .exited(status), "\(command): \(outcome)")
      return status == 0 ? outcome.standardOutput : outcome.standardError
    }

    @Test func `it signs in and says who it is`() async throws {
      let stack = shared.stack
      let outcome = try await PythonClient.run(
        "example.py",
        [
          "--address", stack.berthd.address, "--ca", stack.certificates.authority, "--user",
          shared.alice.username, "whoami",
        ],
        environment: ["BERTH_PASSWORD": shared.alice.password])
      #expect(outcome.exit.isSuccess, "\(outcome)")
      #expect(outcome.standardOutput.hasPrefix("\(shared.alice.username) \(shared.alice.id)\n"))
      #expect(outcome.standardOutput.contains(shared.tenant.id))
      #expect(try await example("whoami") == outcome.standardOutput)
    }

    @Test func `an error comes with its details`() async throws {
      let words = try await example("deploy", "", "--org", shared.tenant.id, exits: 1)
      #expect(words.hasPrefix("error: INVALID_ARGUMENT: "))
      #expect(words.contains("\n  image: "), "\(words)")
    }

    @Test func `a watch sees what happens, and messages in parts arrive whole`() async throws {
      let tenant = try await shared.alice.caller.createOrganization()
      _ = try await shared.alice.caller.createCluster(in: tenant.id)
      let before = try await shared.alice.caller.deploy(in: tenant.id)
      let watch = try PythonClient.start(
        "example.py", try arguments() + ["watch", "--org", tenant.id])
      try await watch.waitForLine(containing: before.id)

      // 56 KB there: OPEN and DATA. The list of two of them comes in parts.
      let value = String(repeating: "v", count: 7_000)
      let environment = (0..<8).flatMap { ["--env", "NAME\($0)=\(value)"] }
      var made: [String] = []
      for _ in 0..<2 {
        let outcome = try await PythonClient.run(
          "example.py",
          try arguments() + ["deploy", "example.com/m:1", "--org", tenant.id] + environment)
        #expect(outcome.exit.isSuccess, "\(outcome)")
        made.append(String(outcome.standardOutput.prefix { $0 != " " }))
      }
      for id in made { try await watch.waitForLine(containing: "\(id) DEPLOYMENT_STATE_QUEUED") }
      watch.kill()
      let listed = try await example("deployments", "--org", tenant.id)
      for id in made {
        #expect(
          listed.split(separator: "\n").contains { line in
            line.hasPrefix(id) && line.hasSuffix("example.com/m:1 env=56000")
          })
      }
      #expect(listed.contains(before.id))
    }

    @Test func `a server that its authority did not sign is refused`() async throws {
      let other = try await TestAuthority.make()
      let outcome = try await PythonClient.run(
        "example.py", try arguments(authority: other.authority) + ["whoami"])
      #expect(outcome.exit == .exited(1))
      #expect(outcome.standardError.hasPrefix("error: UNAVAILABLE: cannot connect: "))
      #expect(outcome.standardError.contains("CERTIFICATE_VERIFY_FAILED"))
    }

    @Test func `without a command it tells how it is used`() async throws {
      let outcome = try await PythonClient.run("example.py", [])
      #expect(outcome.exit == .exited(2))
      #expect(outcome.standardError.hasPrefix("usage: example.py"))
    }
  }
}
