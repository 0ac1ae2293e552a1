import ContainerEngine
import Logging
import Messages
import TestSupport
import Testing

@testable import Agent

/// The agent whole, between a simulated engine and a server in memory.
@Suite struct AgentRunTests {
  private let folder: TemporaryFolder
  private let server = FakeServer()
  private let clock = ManualClock()

  init() throws { folder = try TemporaryFolder() }

  /// Runs an agent while the body runs. The engine lives by the test's clock.
  private func withAgent(
    clock agentClock: any Clock<Duration> = ContinuousClock(),
    engine: (any ContainerEngine)? = nil, _ body: () async throws -> Void
  ) async throws {
    let state = try AgentStateFolder.open(folder.path)
    let engine =
      try engine
      ?? SimulatedEngine(folder: state.simulatedFolder, clock: clock, logger: .silent)
    let agent = Agent(
      engine: engine, connector: server, folder: state, options: AgentOptions(version: "test"),
      clock: agentClock, logger: .silent)
    let task = Task { try await agent.run() }
    do { try await body() } catch {
      task.cancel()
      _ = await task.result
      throw error
    }
    task.cancel()
    try await task.value
    #expect(server.links.allSatisfy { $0.isClosed })
  }

  private func attached(after count: Int = 0) async throws -> FakeLink {
    try await eventually("an attachment with its hello") {
      server.links.count > count && server.last?.hello != nil ? server.last : nil
    }
  }

  private func report(
    _ state: DeploymentState, of deployment: String, on link: FakeLink
  ) async throws -> ContainerReport {
    try await eventually("\(deployment) \(state)") {
      link.reports.first { $0.deploymentID == deployment && $0.state == state }
    }
  }

  @Test func `an ordered container is told starting, running and completed`() async throws {
    try await withAgent {
      let link = try await attached()
      #expect(link.hello?.engine == "simulated")
      #expect(link.hello?.agentVersion == "test")
      #expect(link.hello?.containers == [])
      #expect(link.hello?.instanceID.count == 32)
      link.start("d1", command: ["sleep", "5"])
      _ = try await report(.running, of: "d1", on: link)
      try await eventually { clock.sleepers > 0 }
      clock.advance(by: .seconds(5))
      let completed = try await report(.completed, of: "d1", on: link)
      #expect(completed.exitCode == 0)
      #expect(link.reports.map(\.state) == [.starting, .running, .completed])
    }
  }

  @Test func `a failing container tells its exit code, a missing image its reason`() async throws {
    try await withAgent {
      let link = try await attached()
      link.start("d1", command: ["sh", "-c", "exit 7"])
      let failed = try await report(.failed, of: "d1", on: link)
      #expect(failed.exitCode == 7 && failed.retryable && failed.reason == "exited")
      link.start("d2", env: ["BERTH_SIM_START_ERROR": "image-not-found"])
      let missing = try await report(.failed, of: "d2", on: link)
      #expect(missing.reason == "image-not-found" && !missing.retryable)
    }
  }

  @Test func `a stopped container is removed, and told as stopped`() async throws {
    try await withAgent {
      let link = try await attached()
      link.start("d1")
      _ = try await report(.running, of: "d1", on: link)
      link.stop("d1")
      let stopped = try await report(.failed, of: "d1", on: link)
      #expect(stopped.reason == "stopped" && !stopped.retryable)
      link.cut()
      let second = try await attached(after: 1)
      #expect(second.hello?.containers == [])
    }
  }

  @Test func `what ended while the server was away is told in the next hello`() async throws {
    try await withAgent {
      let link = try await attached()
      link.start("d1", command: ["sleep", "5"])
      link.start("d2")
      _ = try await report(.running, of: "d1", on: link)
      _ = try await report(.running, of: "d2", on: link)
      server.refuse(AgentLinkError(.unavailable, "away"))
      link.cut()
      try await eventually { link.isClosed && clock.sleepers > 0 }
      clock.advance(by: .seconds(5))
      server.refuse(nil)
      let second = try await attached(after: 1)
      // The ending may come just behind the hello.
      try await eventually {
        let told = (second.hello?.containers ?? []) + second.reports
        return told.contains { $0.deploymentID == "d1" && $0.state == .completed }
      }
      #expect(second.hello?.containers.contains { $0.deploymentID == "d2" } == true)
      #expect(second.hello?.instanceID == link.hello?.instanceID)
    }
  }

  @Test func `a restarted agent finds its containers and doubles none`() async throws {
    try await withAgent {
      let link = try await attached()
      link.start("ended", command: ["sleep", "5"])
      link.start("running")
      _ = try await report(.running, of: "ended", on: link)
      _ = try await report(.running, of: "running", on: link)
    }
    clock.advance(by: .seconds(6))
    try await withAgent {
      let link = try await attached(after: 1)
      let told = link.hello?.containers ?? []
      #expect(told.map(\.deploymentID) == ["ended", "running"])
      #expect(told.map(\.state) == [.completed, .running])
      #expect(link.hello?.instanceID != server.links[0].hello?.instanceID)
      link.start("running")
      _ = try await report(.running, of: "running", on: link)
      #expect(link.reports.map(\.state) == [.running], "not started again")
    }
  }

  @Test func `an agent without its memory finds the cluster's containers and tells them anew`()
    async throws
  {
    let engine = try SimulatedEngine(
      folder: folder.file("engine"), clock: clock, logger: .silent)
    for cluster in ["c1", "c2"] {
      _ = try await engine.start(
        ContainerSpec(
          key: ContainerKey(deployment: "of-\(cluster)", attempt: 1), cluster: cluster, image: "m"))
    }
    try await withAgent(engine: engine) {
      let first = try await attached()
      #expect(first.hello?.containers == [])
      let second = try await attached(after: 1)
      #expect(second.hello?.containers.map(\.deploymentID) == ["of-c1"])
    }
  }

  @Test func `another cluster's containers are never touched`() async throws {
    let engine = try SimulatedEngine(
      folder: folder.file("engine"), clock: clock, logger: .silent)
    try await withAgent(engine: engine) {
      let link = try await attached()
      link.start("d1")
      _ = try await report(.running, of: "d1", on: link)
    }
    server.serve(cluster: "c2")
    try await withAgent(engine: engine) {
      let link = try await attached(after: 1)
      // A server that does not know the deployment orders it stopped, at once.
      link.stop("d1")
      let second = try await attached(after: 2)
      #expect(second.hello?.containers == [])
      second.start("d2")
      _ = try await report(.running, of: "d2", on: second)
    }
    #expect(try await engine.list(cluster: "c1").map(\.phase) == [.running])
  }

  @Test func `heartbeats come at the interval that the server named`() async throws {
    try await withAgent(clock: clock) {
      let link = try await attached()
      // The beat, the welcome's watch (over by then) and the comparison with the engine sleep.
      try await eventually("the conversation began") { clock.sleepers >= 2 }
      for beat in 1...3 {
        try await eventually { clock.sleepers >= 2 }
        #expect(link.heartbeats == beat - 1)
        clock.advance(by: .seconds(5))
        try await eventually("beat \(beat)") { link.heartbeats == beat }
      }
    }
  }

  @Test func `an engine that restarts costs no container and no attempt`() async throws {
    let engine = FlakyEngine(
      engine: try SimulatedEngine(folder: folder.file("engine"), clock: clock, logger: .silent))
    try await withAgent(engine: engine) {
      let link = try await attached()
      link.start("d1", command: ["sleep", "5"])
      link.start("d2")
      _ = try await report(.running, of: "d1", on: link)
      _ = try await report(.running, of: "d2", on: link)
      engine.power.set(away: true)
      clock.advance(by: .seconds(5))
      link.start("d3")
      link.stop("d2")
      _ = try await report(.starting, of: "d3", on: link)
      #expect(!link.reports.contains { $0.state == .failed || $0.state == .completed })
      link.cut()
      let second = try await attached(after: 1)
      #expect(second.hello?.containers.map(\.state) == [.running, .running, .starting])
      engine.power.set(away: false)
      _ = try await report(.completed, of: "d1", on: second)
      _ = try await report(.running, of: "d3", on: second)
      let stopped = try await report(.failed, of: "d2", on: second)
      #expect(stopped.reason == "stopped")
      #expect(second.reports.filter { $0.state == .failed }.count == 1)
    }
  }

  @Test func `output is forwarded, followed, and stopped on demand`() async throws {
    try await withAgent {
      let link = try await attached()
      link.start("d1", command: ["sh", "-c", "echo hello; exit 0"])
      _ = try await report(.completed, of: "d1", on: link)
      link.order(.streamLogs(.init(requestID: "r1", deploymentID: "d1", attempt: 1)))
      try await eventually { link.log("r1").isOver }
      #expect(link.log("r1").text == "hello\n")
      #expect(link.log("r1").error == "")

      link.start("d2")
      _ = try await report(.running, of: "d2", on: link)
      link.order(
        .streamLogs(.init(requestID: "r2", deploymentID: "d2", attempt: 0, follow: true)))
      try await eventually { clock.sleepers > 0 }
      clock.advance(by: .seconds(1))
      try await eventually { link.log("r2").text == "simulated: running, second 1\n" }
      link.order(.stopLogs(.init(requestID: "r2")))
      link.order(.streamLogs(.init(requestID: "r3", deploymentID: "nobody", attempt: 1)))
      try await eventually { link.log("r3").isOver }
      #expect(!link.log("r3").error.isEmpty)
      #expect(!link.log("r2").isOver)
    }
  }

  @Test func `a server that takes nothing holds output back, and reports go first when it does`()
    async throws
  {
    let source = EndlessLogs()
    let engine = PrintingEngine(source: source)
    try await withAgent(engine: engine) {
      let link = try await attached()
      link.start("d1")
      _ = try await report(.running, of: "d1", on: link)
      link.stall()
      link.order(.streamLogs(.init(requestID: "r", deploymentID: "d1", attempt: 1)))
      let bound = AgentLimits.queuedLogChunks
      // One batch is being sent, one is queued, one chunk is in its reader's hand.
      try await eventually("the reader waits") { source.count > bound }
      let before = source.count
      for _ in 0..<200 { await Task.yield() }
      #expect(source.count <= max(before, 2 * bound + 2))
      #expect(source.count <= 2 * bound + 2)
      link.resume()
      try await eventually { source.count > 4 * bound }
      link.stop("d1")
      _ = try await report(.failed, of: "d1", on: link)
    }
  }

  @Test func `a token that was never accepted ends the agent with the server's words`()
    async throws
  {
    server.refuse(AgentLinkError(.refused, "this token is expired"))
    let state = try AgentStateFolder.open(folder.path)
    let agent = Agent(
      engine: try SimulatedEngine(folder: state.simulatedFolder, logger: .silent),
      connector: server, folder: state, options: AgentOptions(version: "test"), logger: .silent)
    await #expect(throws: AgentError.refused("this token is expired")) { try await agent.run() }
  }

  @Test func `two agents cannot share a state folder`() throws {
    let first = try AgentStateFolder.open(folder.path)
    #expect(throws: AgentError.self) { try AgentStateFolder.open(folder.path) }
    #expect(first.cluster() == nil)
    try first.remember(cluster: "c9")
    #expect(first.cluster() == "c9")
  }
}
