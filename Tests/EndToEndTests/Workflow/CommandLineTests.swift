import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// The `berth` program as people use it: a process, over TLS.
  @Suite(.serialized, .timeLimit(.minutes(3))) struct CommandLineTests {
    let shared: SharedStack
    var stack: Stack { shared.stack }

    init() throws { shared = try SharedStack.current() }

    @Test func `the whole road: from sign-up to a second model that got its place`() async throws {
      let (alice, bob) = (try Workstation(), try Workstation())
      let names = try await signUp(alice, bob)
      let organization = UniqueName.make("org")
      let created = try await alice.berth("org", "create", organization)
      let code = try #require(created.split(separator: ": ").last.map(String.init))
      try await bob.berth("org", "join", code)
      let members: ListMembersResponse = try await alice.answer("org", "members")
      #expect(members.members.map(\.role).sorted() == ["admin", "developer"])
      #expect(Set(members.members.map(\.username)) == Set(names))

      let name = UniqueName.make("gpu")
      try await alice.berth(
        "cluster", "create", name, "--cpu", "2", "--memory", "4GiB", "--gpu", "1", "--gpu-model",
        "A100")
      let cluster: GetClusterResponse = try await alice.answer("cluster", "get", name)
      let agent = try await RunningAgent.start(
        for: try #require(cluster.cluster?.id), by: shared.superAdmin, on: stack)

      // The first takes the only GPU, the second waits in the queue.
      let first: CreateDeploymentResponse = try await alice.answer(
        "deploy", "example.com/flowers:1", "--cpu", "1", "--memory", "256MiB", "--gpu", "1",
        "--wait",
        "running", "--", "serve", "--forever")
      let firstID = try #require(first.deployment?.id)
      #expect(first.deployment?.state == .running && first.deployment?.gpuDevices == [0])
      let second: CreateDeploymentResponse = try await bob.answer(
        "deploy", "example.com/flowers:2", "--cpu", "0.5", "--memory", "256MiB", "--gpu", "0.5",
        "--priority", "10", "--", "sh", "-c", "echo loaded; echo warning >&2; echo done")
      let secondID = try #require(second.deployment?.id)
      #expect(second.deployment?.state == .queued)
      #expect(try await bob.berth("queue").contains(secondID))
      #expect(try await !bob.berth("queue").contains(firstID))

      try await expectFullThenFree(
        cluster: name, firstID: firstID, secondID: secondID, alice: alice, bob: bob)
      #expect(try await bob.berth("logs", secondID).contains("loaded\ndone"))
      let errors = try await bob.run(["logs", secondID]).standardError
      #expect(errors.contains("warning"))
      withExtendedLifetime(agent) {}
    }

    private func signUp(_ alice: Workstation, _ bob: Workstation) async throws -> [String] {
      let names = [UniqueName.make("alice"), UniqueName.make("bob")]
      let password = "a password on standard input\n"
      try await alice.berth(
        "signup", names[0], "--address", stack.berthd.address, "--ca",
        stack.certificates.authority, "--password-stdin", input: password)
      let file = try bob.home.write(password, to: "password")
      try await bob.berth(
        "signup", names[1], "--no-login", "--display-name", "Bob", "--address",
        stack.berthd.address, "--ca", stack.certificates.authority, "--password-file", file)
      try await bob.berth(
        "login", names[1], "--address", stack.berthd.address, "--ca",
        stack.certificates.authority, "--password-file", file)
      #expect(try await alice.berth("whoami").hasPrefix(names[0]))
      let me: WhoAmIResponse = try await bob.answer("whoami")
      #expect(me.kind == .user && me.user?.displayName == "Bob" && me.memberships.isEmpty)
      // The tokens are nobody else's to read.
      for station in [alice, bob] {
        #expect(try station.mode(of: nil) == 0o700)
        #expect(try station.mode(of: "config.json") == 0o600)
      }
      return names
    }

    private func expectFullThenFree(
      cluster name: String, firstID: String, secondID: String, alice: Workstation, bob: Workstation
    ) async throws {
      let full: GetClusterResponse = try await alice.answer("cluster", "get", name)
      #expect(full.cluster?.available?.gpuMillis == 0)
      #expect(full.cluster?.allocated?.cpuMillis == 1_000)
      #expect(full.cluster?.agentAttached == true)
      #expect(full.cluster?.agentEngine.hasPrefix("simulated ") == true)
      #expect(full.cluster?.agentVersion.isEmpty == false)

      let watch = try bob.start("watch", secondID)
      try await watch.waitForLine(containing: "QUEUED")
      try await alice.berth("complete", firstID)
      let seen = try await watch.outcome(within: .seconds(20))
      #expect(seen.exit == .exited(0), "\(seen)")
      for state in ["SCHEDULED", "STARTING", "RUNNING", "COMPLETED"] {
        #expect(seen.standardOutput.contains(state), "\(seen)")
      }
      let ended: GetDeploymentResponse = try await bob.answer("get", secondID)
      #expect(ended.deployment?.state == .completed && ended.deployment?.exitCode == 0)
      let free: GetClusterResponse = try await alice.answer("cluster", "get", name)
      #expect(
        free.cluster?.allocated == Resources() && free.cluster?.available == free.cluster?.capacity)
      let history = try await bob.berth("events", secondID)
      #expect(history.contains("QUEUED") && history.contains("COMPLETED"))
      let listed: ListDeploymentsResponse = try await alice.answer(
        "deployments", "--cluster", name, "--state", "completed")
      #expect(listed.deployments.map(\.id) == [secondID, firstID])
    }

    @Test func `a server describes what it offers`() async throws {
      let station = try Workstation()
      let server = [
        "--address", stack.berthd.address, "--ca", stack.certificates.authority, "--token-file",
        stack.adminTokenFile,
      ]
      let listed = try await station.run(["describe"] + server)
      #expect(listed.exit == .exited(0), "\(listed)")
      for service in Services.all {
        #expect(listed.standardOutput.contains(service.name + "\n"), "\(service.name)")
      }
      let one = try await station.run(["describe", "berth.v1.UserService/WhoAmI"] + server)
      #expect(one.standardOutput.hasPrefix("syntax = \"proto3\";\npackage berth.v1;\n"))
      #expect(one.standardOutput.contains("rpc WhoAmI(WhoAmIRequest) returns (WhoAmIResponse)"))
      #expect(!one.standardOutput.contains("rpc Login"))
      let none = try await station.run(["describe", "berth.v1.Nothing"] + server)
      #expect(none.exit == .exited(66), "\(none)")
    }

    @Test func `exit statuses tell scripts what went wrong, and words tell people what to do`()
      async throws
    {
      let station = try Workstation()
      let server = ["--address", stack.berthd.address, "--ca", stack.certificates.authority]
      func status(_ arguments: [String], input: String = "") async throws -> (ChildExit, String) {
        let outcome = try await station.run(arguments, input: input)
        #expect(outcome.standardOutput.isEmpty, "\(outcome)")
        return (outcome.exit, outcome.standardError)
      }
      let login = ["login", shared.alice.username, "--password-stdin"] + server
      let (wrong, wrongWords) = try await status(login, input: "not the password\n")
      #expect(wrong == .exited(77) && wrongWords.contains("berth login"))
      let (anonymous, _) = try await status(["whoami"] + server)
      #expect(anonymous == .exited(77))
      try await station.berth(
        "login", shared.alice.username, "--password-stdin", "--address", stack.berthd.address,
        "--ca", stack.certificates.authority, input: shared.alice.password + "\n")

      let unknown = UUID().uuidString.lowercased()
      #expect(try await status(["get", unknown]).0 == .exited(66))
      let (bad, badWords) = try await status(["get", "not-an-id"])
      #expect(bad == .exited(65) && badWords.contains("id must be"))
      #expect(try await status(["deploy", "x"]).0 == .exited(64))
      #expect(try await status(["admin", "scheduler"]).0 == .exited(77))
      let cluster = try await shared.alice.caller.createCluster(in: shared.tenant.id)
      let deploy = ["deploy", "x", "--cluster", cluster.id, "--memory", "1MiB", "--cpu"]
      let (field, fieldWords) = try await status(deploy + ["1", "--priority", "5000"])
      #expect(field == .exited(65) && fieldWords.contains("priority"))
      #expect(try await status(deploy + ["64"]).0 == .exited(73), "more than it could ever hold")

      let away = ["--address", "127.0.0.1:\(try FreePort.find())", "--timeout", "5"]
      #expect(try await status(["health"] + away).0 == .exited(69))
      let (untrusted, _) = try await status(
        ["health", "--address", stack.berthd.address, "--ca", "/etc/ssl/certs/ca-certificates.crt"])
      #expect([.exited(69), .exited(64), .exited(1)].contains(untrusted))
    }

    @Test func `any method can be called by name, with JSON in and out`() async throws {
      let station = try Workstation()
      try await logIn(station)
      let text = try await station.berth("call", "berth.v1.UserService/WhoAmI", "{}")
      #expect(try WhoAmIResponse(jsonString: text).id == shared.alice.id)
      let cluster = try await shared.alice.caller.createCluster(in: shared.tenant.id)
      let created = try await station.berth(
        "call", "berth.v1.DeploymentService/CreateDeployment",
        """
        {"clusterId": "\(cluster.id)", "image": "example.com/x:1", \
        "resources": {"cpuMillis": "100", "memoryBytes": "1048576"}, "env": {"A": "b=c"}}
        """)
      let deployment = try #require(
        try CreateDeploymentResponse(jsonString: created).deployment)
      #expect(deployment.env == ["A": "b=c"] && deployment.clusterID == cluster.id)
      try await station.berth("call", "berth.v1.UserService/Nothing", "{}", exits: 64)
      try await station.berth(
        "call", "berth.v1.UserService/WhoAmI", #"{"nonsense": 1}"#, exits: 65)
    }

    @Test func `a gang is deployed by one command, and cancelled by one`() async throws {
      let station = try Workstation()
      try await logIn(station)
      let cluster = try await shared.alice.caller.createCluster(in: shared.tenant.id, cpu: 1_000)
      func words(_ replicas: Int) -> [String] {
        [
          "deploy", "example.com/x:1", "--cluster", cluster.id, "--cpu", "0.3", "--memory", "1MiB",
          "--replicas", "\(replicas)",
        ]
      }
      let dry = try await station.run(words(3) + ["--dry-run"])
      #expect(dry.exit == .exited(0), "\(dry)")
      let tooMany = try await station.run(words(4))
      #expect(tooMany.exit == .exited(73), "more than the cluster could ever hold: \(tooMany)")
      let none = try await station.run(words(0))
      #expect(none.exit == .exited(64) && none.standardError.contains("--replicas"), "\(none)")
      let outcome = try await station.run(words(3) + ["-o", "json"])
      let first = try #require(
        try CreateDeploymentResponse(jsonString: outcome.standardOutput).deployment)
      #expect(first.gangSize == 3 && first.gangID == first.id)
      let listed: ListDeploymentsResponse = try await station.answer(
        "deployments", "--cluster", cluster.id)
      #expect(listed.deployments.map(\.gangIndex).sorted() == [0, 1, 2])
      try await station.berth("cancel", listed.deployments[0].id)
      let after: ListDeploymentsResponse = try await station.answer(
        "deployments", "--cluster", cluster.id)
      #expect(after.deployments.count == 3)
      #expect(after.deployments.allSatisfy { $0.state == .cancelled })
    }

    @Test func `an access token that has ended is refreshed and kept, unseen`() async throws {
      let station = try Workstation()
      try await logIn(station)
      let path = station.home.file("berth/config.json")
      func context() throws -> (file: [String: Any], name: String, context: [String: Any]) {
        let data = try Data(contentsOf: URL(filePath: path))
        let file = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let name = try #require(file["current"] as? String)
        let contexts = try #require(file["contexts"] as? [String: [String: Any]])
        return (file, name, try #require(contexts[name]))
      }
      var (file, name, old) = try context()
      let token = try #require(old["accessToken"] as? String)
      let forger = AccessTokenForger(secret: stack.secretKey)
      let seconds = Double(SharedStack.accessTokenMinutes * 60) + 60
      old["accessToken"] = try await forger.token(like: token, shiftedBy: -seconds)
      old["accessExpiresAt"] = Date().timeIntervalSince1970 - 60
      file["contexts"] = [name: old]
      try JSONSerialization.data(withJSONObject: file).write(to: URL(filePath: path))

      #expect(try await station.berth("whoami").hasPrefix(shared.alice.username))
      let new = try context().context
      #expect(new["accessToken"] as? String != old["accessToken"] as? String)
      #expect(new["refreshToken"] as? String != old["refreshToken"] as? String)
      #expect(try station.mode(of: "config.json") == 0o600)
      // Logged out, nothing is left to call with.
      try await station.berth("logout")
      try await station.berth("whoami", exits: 77)
    }

    @Test func `operators ask with the SuperAdmin's key in a file`() async throws {
      let station = try Workstation()
      let arguments = [
        "--address", stack.berthd.address, "--ca", stack.certificates.authority, "--token-file",
        stack.adminTokenFile,
      ]
      let check = try await station.run(["admin", "check"] + arguments)
      #expect(check.exit == .exited(0) && check.standardOutput.contains("Every invariant holds"))
      let nowhere = "018f0000-0000-7000-8000-000000000000"
      _ = try await stack.database.query(
        "INSERT INTO idempotency_keys VALUES ('\(nowhere)', 'c', 'stray', '', '\(nowhere)', now())")
      let table = try await station.run(["admin", "check"] + arguments)
      #expect(table.exit == .exited(1))
      let lines = table.standardOutput.split(separator: "\n")
      #expect(lines.count == 2 && lines[0].hasPrefix("INVARIANT  SUBJECT"), "\(table)")
      #expect(lines.last?.hasPrefix("I2         idempotency key 'stray'") == true, "\(table)")
      let json = try await station.run(["admin", "check", "-o", "json"] + arguments)
      #expect(json.exit == .exited(1))
      let broken = try CheckInvariantsResponse(jsonString: json.standardOutput).violations
      #expect(broken.map(\.invariant) == ["I2"] && broken[0].subject == "idempotency key 'stray'")
      _ = try await stack.database.query("DELETE FROM idempotency_keys WHERE key = 'stray'")
      let scheduler = try await station.run(["admin", "scheduler", "-o", "json"] + arguments)
      let status = try GetSchedulerResponse(jsonString: scheduler.standardOutput)
      #expect(status.leading && status.leader == status.replica && status.epoch > 0)
      let health = try await station.run(["health"] + arguments)
      #expect(health.exit == .exited(0) && health.standardOutput.contains("serving"))
      #expect(!health.standardOutput.contains("\u{1b}"), "no colour without a terminal")
      let version = try await station.run(["version"] + arguments)
      #expect(version.standardOutput.contains("berth/1"))
    }

    private func logIn(_ station: Workstation) async throws {
      try await station.berth(
        "login", shared.alice.username, "--password-stdin", "--address", stack.berthd.address,
        "--ca", stack.certificates.authority, input: shared.alice.password + "\n")
    }
  }
}
