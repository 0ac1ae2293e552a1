import ContainerEngine
import Logging
import Messages
import TestSupport
import Testing

@testable import Agent

/// The agent whole, on a real Docker Engine.
@Suite(
  .enabled(
    if: TestEnvironment.dockerHost != nil && TestEnvironment.dockerImage != nil,
    "no Docker Engine: BERTH_TEST_DOCKER_HOST and BERTH_TEST_DOCKER_IMAGE are not set"))
struct AgentOnDockerTests {
  private let folder: TemporaryFolder
  private let server = FakeServer()
  private let cluster = UniqueName.make("cluster")
  private let deployment = UniqueName.make("d")

  init() throws {
    folder = try TemporaryFolder()
    server.serve(cluster: cluster)
  }

  private func withAgent(isLast: Bool = false, _ body: (DockerEngine) async throws -> Void)
    async throws
  {
    let engine = try await DockerEngine.connect(
      to: DockerAddress(TestEnvironment.dockerHost ?? ""),
      options: DockerOptions(network: .none, pull: .never), logger: .silent)
    let agent = Agent(
      engine: engine, connector: server, folder: try AgentStateFolder.open(folder.path),
      options: AgentOptions(version: "test"), logger: .silent)
    let task = Task { try await agent.run() }
    let result: Result<Void, any Error>
    do { result = .success(try await body(engine)) } catch { result = .failure(error) }
    task.cancel()
    _ = await task.result
    if isLast {
      for record in try await engine.list(cluster: cluster) { try await engine.remove(record.key) }
    }
    await engine.shutdown()
    try result.get()
  }

  private func attached(after count: Int = 0) async throws -> FakeLink {
    try await eventually("an attachment with its hello") {
      server.links.count > count && server.last?.hello != nil ? server.last : nil
    }
  }

  private func start(_ link: FakeLink, _ command: [String]) {
    link.order(
      .start(
        .init(
          deploymentID: deployment, attempt: 1, image: TestEnvironment.dockerImage ?? "",
          command: command,
          resources: Resources(cpuMillis: 200, memoryBytes: 32 << 20, gpuMillis: 0))))
  }

  @Test func `a container goes from its order to its end, and its output is forwarded`()
    async throws
  {
    try await withAgent(isLast: true) { _ in
      let link = try await attached()
      #expect(link.hello?.engine == "docker")
      start(link, ["--seconds", "0.2"])
      try await eventually("its end", within: .seconds(30)) { link.reports.count == 3 }
      #expect(link.reports.map(\.state) == [.starting, .running, .completed])
      #expect(link.reports.last?.exitCode == 0)
      link.order(.streamLogs(.init(requestID: "r", deploymentID: deployment, attempt: 1)))
      try await eventually { link.log("r").isOver }
      #expect(link.log("r").text.contains("prediction 1:"))
      link.stop(deployment)
      link.order(.streamLogs(.init(requestID: "late", deploymentID: deployment, attempt: 1)))
      try await eventually { link.log("late").isOver }
      #expect(link.log("late").text == link.log("r").text, "kept for its output")
    }
  }

  @Test func `a restarted agent finds what runs and what ended meanwhile, and doubles none`()
    async throws
  {
    try await withAgent { _ in
      let link = try await attached()
      start(link, ["--seconds", "600"])
      try await eventually("running", within: .seconds(30)) {
        link.reports.map(\.state) == [.starting, .running]
      }
    }
    try await withAgent { engine in
      let link = try await attached(after: 1)
      #expect(link.hello?.containers.map(\.state) == [.running])
      start(link, ["--seconds", "600"])
      try await eventually { link.reports.map(\.state) == [.running] }
      #expect(try await engine.list(cluster: cluster).count == 1)
      // Ends while no order asks for it, as if by itself.
      _ = try await engine.stop(
        ContainerKey(deployment: deployment, attempt: 1), grace: .seconds(10))
      try await eventually("its end") { link.reports.last?.state == .completed }
    }
    try await withAgent(isLast: true) { engine in
      let link = try await attached(after: 2)
      #expect(link.hello?.containers.map(\.state) == [.completed])
      link.order(
        .start(
          .init(
            deploymentID: deployment, attempt: 2, image: TestEnvironment.dockerImage ?? "",
            command: ["--seconds", "600"])))
      try await eventually("the next attempt in place of the first", within: .seconds(30)) {
        let found = try await engine.list(cluster: cluster)
        return found.map(\.key.attempt) == [2] && found.map(\.phase) == [.running]
      }
      link.stop(deployment, attempt: 2)
      try await eventually("stopped", within: .seconds(30)) {
        link.reports.last?.reason == "stopped"
      }
    }
  }
}
