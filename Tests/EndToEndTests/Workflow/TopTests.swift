import Foundation
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// `berth top` in a terminal.
  @Suite(.serialized, .timeLimit(.minutes(4))) struct TopTests {
    /// What a test looks at: a person with a full cluster, and a terminal.
    private struct Scene {
      let stack: Stack
      let alice: Person
      /// The organization's.
      let name: String
      let cluster: Cluster
      let command: String
      let environment: [String: String]

      static func with(_ body: (Scene) async throws -> Void) async throws {
        try await Stack.with { stack in
          let alice = try await stack.signUp("alice")
          let created = try await alice.caller.organizations.createOrganization(
            CreateOrganizationRequest(name: "gardeners"))
          let organization = try #require(created.organization)
          let answer = try await alice.caller.clusters.createCluster(
            CreateClusterRequest(
              organizationID: organization.id, name: "atlas",
              capacity: Resources(cpuMillis: 4_000, memoryBytes: 8 << 30, gpuMillis: 2_000),
              gpuModel: "A100"))
          let cluster = try #require(answer.cluster)
          let agent = try await RunningAgent.start(
            for: cluster.id, by: alice.caller, on: stack)
          let home = try TemporaryFolder("berth-home")
          let token = try home.write(alice.tokens.accessToken, to: "token")
          try await body(
            Scene(
              stack: stack, alice: alice, name: organization.name,
              cluster: cluster,
              command: "\(TestEnvironment.program("berth")) top",
              environment: [
                "BERTH_CONFIG_HOME": home.file("berth"), "BERTH_ADDRESS": stack.berthd.address,
                "BERTH_CA": stack.certificates.authority, "BERTH_TOKEN_FILE": token,
              ]))
          withExtendedLifetime((agent, home)) {}
        }
      }

      @discardableResult
      func deploy(_ name: String, gpu: Int64 = 1_000, priority: Int32 = 0) async throws -> String {
        let answer = try await alice.caller.deployments.createDeployment(
          CreateDeploymentRequest(
            clusterID: cluster.id, name: name, image: "example.com/model:1",
            command: ["serve", "--forever"],
            resources: Resources(cpuMillis: 500, memoryBytes: 1 << 28, gpuMillis: gpu),
            priority: priority))
        return try #require(answer.deployment?.id)
      }
    }

    @Test func `rows appear, change and go as it happens, and the terminal comes back`()
      async throws
    {
      try await Scene.with { scene in
        try await TerminalWindow.with(width: 100, height: 30, environment: scene.environment) {
          window in
          try await window.wait(forText: TerminalWindow.prompt)
          try await window.enter("echo before; stty -g > \(scene.stack.folder.file("before"))")
          try await window.enter(scene.command)
          try await window.wait(forText: "nothing waits")
          #expect(try await window.property("alternate_on") == "1")
          #expect(try await window.property("cursor_flag") == "0")

          let first = try await scene.deploy("tulip", gpu: 2_000)
          try await window.wait(for: "tulip to run") { $0.line(with: "tulip", "RUNNING", "atlas") }
          try await scene.deploy("rose")
          try await scene.deploy("lily", priority: 7)
          // The order of priority, and why, as the server says it.
          let lines = try await window.wait(for: "the queue") {
            $0.line(with: "1", "7", "lily", "waits for room") && $0.line(with: "2", "0", "rose")
          }
          #expect(lines.line(with: "queued 2", "running 1", "gpu ██████████ 2/2"), "\(lines)")
          #expect(lines.line(with: "atlas", "2/2", "██", "A100", "attached"), "\(lines)")

          _ = try await scene.alice.caller.deployments.completeDeployment(
            CompleteDeploymentRequest(id: first))
          try await window.wait(for: "the others to run") { lines in
            lines.line(with: "tulip", "COMPLETED") && lines.line(with: "lily", "RUNNING")
              && lines.line(with: "rose", "RUNNING")
              && lines.contains { $0.contains("nothing waits") }
          }

          try await window.press("q")
          let after = try await window.wait(for: "the shell") { $0.line(with: "before") }
          #expect(!after.contains { $0.contains("tulip") }, "\(after)")
          #expect(try await window.property("alternate_on") == "0")
          #expect(try await window.property("cursor_flag") == "1")
          try await window.enter("stty -g > \(scene.stack.folder.file("after")); echo same")
          try await window.wait(for: "the settings") { $0.contains("same") }
          let settings = try ["before", "after"].map {
            try String(contentsOfFile: scene.stack.folder.file($0), encoding: .utf8)
          }
          #expect(settings[0] == settings[1] && !settings[0].isEmpty)
        }
      }
    }

    @Test func `keys sort, filter, open and choose, and every size has a picture`() async throws {
      try await Scene.with { scene in
        // Names that are wider than they have characters.
        try await scene.deploy("tulip", gpu: 2_000)
        for (name, gpu) in [("百合の花", 500), ("🌹 rose", 1_000), ("aster", 2_000)] as [(String, Int64)]
        {
          try await scene.deploy(name, gpu: gpu)
        }
        try await TerminalWindow.with(width: 80, height: 24, environment: scene.environment) {
          window in
          try await window.enter(scene.command)
          let lines = try await window.wait(for: "all rows") {
            $0.line(with: "1", "百合の花") && $0.line(with: "2", "🌹 rose")
              && $0.line(with: "3", "aster") && $0.line(with: "tulip", "RUNNING")
          }
          #expect(lines.first?.hasPrefix("berth top") == true)
          // By age, then by name, then the other way round.
          try await window.press("s", "s")
          try await window.wait(for: "another order") {
            $0.line(with: "3 Queue 3", "by name") && $0.order(of: "aster", "百合の花", "🌹 rose")
          }
          try await window.press("r")
          try await window.wait(for: "the other way round") {
            $0.line(with: "reversed") && $0.order(of: "🌹 rose", "百合の花", "aster")
          }
          try await window.press("/")
          try await window.type("aSTE")
          try await window.press("Enter")
          try await window.wait(for: "one row") {
            $0.line(with: "Queue 1", "with \"aSTE\"") && !$0.line(with: "🌹")
          }
          try await window.press("Enter")
          try await window.wait(for: "details") {
            $0.line(with: "aster  QUEUED") && $0.line(with: "number 3 in the queue")
          }
          try await window.press("Escape")
          try await window.wait(forText: "Queue 1")
          try await window.press("Escape")
          try await window.wait(forText: "Queue 3")
          try await window.press("o")
          try await window.wait(for: "the choice") {
            $0.line(with: "Whose") && $0.line(with: scene.name)
          }
          try await window.press("Down", "Enter")
          try await window.wait(for: "one organization's") {
            $0.first?.contains(scene.name) == true && $0.line(with: "Queue 3")
          }
          for (width, height) in [(40, 10), (120, 40), (20, 5), (80, 24)] {
            try await window.resize(width: width, height: height)
            try await window.wait(for: "a picture of \(width)x\(height)") { lines in
              lines.first?.hasPrefix("ber") == true
                && lines.contains { $0.hasPrefix("▶ 3 Queue") }
                && lines.last(where: { !$0.isEmpty })?.hasPrefix("q quit") == true
            }
          }
          try await window.press("?")
          try await window.wait(forText: "Ctrl-L")
          try await window.press("C-c")
          try await window.wait(for: "the shell") { $0.line(with: TerminalWindow.prompt) }
        }
      }
    }

    @Test func `it tells that the server is away, and goes on when it is back`() async throws {
      try await Scene.with { scene in
        let id = try await scene.deploy("tulip")
        try await TerminalWindow.with(width: 80, height: 24, environment: scene.environment) {
          window in
          try await window.enter(scene.command)
          try await window.wait(for: "the row") { $0.line(with: "tulip", "RUNNING") }
          try await scene.stack.berthd.kill()
          try await window.wait(forText: "connecting again")
          try await scene.stack.berthd.restart()
          _ = try await scene.alice.caller.deployments.completeDeployment(
            CompleteDeploymentRequest(id: id), options: .patient)
          try await window.wait(for: "the end of it, live", within: .seconds(40)) { lines in
            lines.first?.contains("live") == true && !lines.line(with: "tulip", "RUNNING")
          }
          // Suspended, the shell has its terminal; back again, so is the picture.
          try await window.press("C-z")
          try await window.wait(for: "the shell") { $0.line(with: TerminalWindow.prompt) }
          #expect(try await window.property("alternate_on") == "0")
          try await window.enter("fg")
          try await window.wait(forText: "nothing waits")
          try await window.press("C-z")
          try await window.wait(for: "the shell") { $0.line(with: TerminalWindow.prompt) }
          try await window.enter("kill -TERM %1; fg; echo ended as $?")
          try await window.wait(forText: "ended as 143")
          #expect(try await window.property("alternate_on") == "0")
          #expect(try await window.property("cursor_flag") == "1")
        }
      }
    }

    @Test func `without a terminal it names what to use, or prints one page`() async throws {
      try await Scene.with { scene in
        try await scene.deploy("tulip", gpu: 2_000)
        try await scene.deploy("rose")
        let environment = scene.environment.mapValues { Optional($0) }
        func run(_ arguments: String...) async throws -> ChildOutcome {
          try await ChildProcess.run(
            TestEnvironment.program("berth"), ["top"] + arguments, environment: environment)
        }
        let refused = try await run()
        #expect(refused.exit == .exited(64) && refused.standardError.contains("berth queue"))
        #expect(refused.standardError.contains("--once"))
        let json = try await run("-o", "json")
        #expect(json.exit == .exited(64) && json.standardError.contains("berth queue -o json"))
        let page = try await run("--once")
        #expect(page.exit == .exited(0), "\(page)")
        let lines = page.standardOutput.split(separator: "\n").map(String.init)
        #expect(lines.line(with: "atlas", "attached") && lines.line(with: "rose"), "\(page)")
        #expect(!page.standardOutput.contains("\u{1b}"))
        #expect(page.standardOutput.contains("shown to administrators"), "\(page)")
        let admin = try await run("--once", "--token-file", scene.stack.adminTokenFile)
        #expect(admin.standardOutput.contains("EPOCH"), "\(admin)")
      }
    }
  }
}

extension CallOptions {
  /// For a server that has just started.
  fileprivate static var patient: CallOptions {
    var options = CallOptions(deadline: .seconds(20))
    options.waitForReady = true
    return options
  }
}

extension [String] {
  /// Whether one line has all of these, in this order.
  fileprivate func line(with words: String...) -> Bool {
    contains { line in
      var rest = line[...]
      for word in words {
        guard let found = rest.range(of: word) else { return false }
        rest = rest[found.upperBound...]
      }
      return true
    }
  }

  /// Whether these stand one below the other.
  fileprivate func order(of words: String...) -> Bool {
    let rows = words.map { word in firstIndex { $0.contains(word) } }
    let found = rows.compactMap(\.self)
    return found.count == words.count && found == found.sorted()
  }
}
