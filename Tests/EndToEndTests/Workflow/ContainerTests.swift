import Foundation
import Messages
import RPCClient
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// Real containers on the test run's engine. An agent keeps what has ended for its output; the
  /// tests remove it.
  @Suite(
    .serialized, .timeLimit(.minutes(3)),
    .enabled(if: TestEnvironment.dockerHost != nil, "skipped: no container engine runs here"))
  struct ContainerTests {
    let shared: SharedStack
    let host: String
    let image: String

    init() throws {
      shared = try SharedStack.current()
      host = try #require(TestEnvironment.dockerHost)
      image = try #require(TestEnvironment.dockerImage)
    }

    @Test func `a model runs in a container within its limits, tells its story and is gone after`()
      async throws
    {
      let alice = shared.alice.caller
      let cluster = try await alice.createCluster(in: shared.tenant.id, cpu: 2_000, gpu: 1_000)
      let agent = try await start(cluster)
      let created = try await deploy(to: cluster, command: ["--seconds", "60"], gpu: 1_000)
      let running = try await alice.wait(for: .running, of: created.id, within: .seconds(30))
      #expect(running.gpuDevices == [0])
      let containers = try await self.containers(of: cluster)
      try #require(containers.count == 1)
      let limits = try await docker(
        "inspect", "--format", "{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}}", containers[0])
      #expect(limits == "500000000 \(64 << 20)")

      let log = try await firstLine(of: created.id, by: alice)
      #expect(log.hasPrefix("loaded 3 classes"))
      _ = try await alice.deployments.completeDeployment(.init(id: created.id))
      #expect(try await alice.cluster(cluster.id).allocated == Resources())
      try await eventually("the container to end", within: .seconds(30), every: .milliseconds(100))
      {
        try await self.containers(of: cluster).isEmpty
      }
      try await removeContainers(of: cluster)
      withExtendedLifetime(agent) {}
    }

    @Test func `a container that ends tells its exit code; an image that is not there fails`()
      async throws
    {
      let alice = shared.alice.caller
      let cluster = try await alice.createCluster(in: shared.tenant.id, cpu: 2_000)
      let agent = try await start(cluster)
      let good = try await deploy(to: cluster, command: ["--seconds", "0.3"])
      let bad = try await deploy(to: cluster, command: ["--seconds", "0.1", "--fail"], attempts: 1)
      let missing = try await alice.deployments.createDeployment(
        CreateDeploymentRequest(
          clusterID: cluster.id, image: "berth.invalid/nothing:1",
          resources: Resources(cpuMillis: 100, memoryBytes: 64 << 20), maxAttempts: 1))
      let completed = try await alice.wait(for: .completed, of: good.id, within: .seconds(30))
      #expect(completed.exitCode == 0)
      let failed = try await alice.wait(for: .failed, of: bad.id, within: .seconds(30))
      #expect(failed.exitCode == 3)
      let absent = try await alice.wait(
        for: .failed, of: try #require(missing.deployment?.id), within: .seconds(30))
      #expect(!absent.reason.isEmpty && absent.exitCode == nil)
      #expect(try await alice.cluster(cluster.id).allocated == Resources())
      try await removeContainers(of: cluster)
      withExtendedLifetime(agent) {}
    }

    @Test func `an agent that is killed finds its container again and does not start another`()
      async throws
    {
      let alice = shared.alice.caller
      let cluster = try await alice.createCluster(in: shared.tenant.id, cpu: 2_000)
      let agent = try await start(cluster)
      let created = try await deploy(to: cluster, command: ["--seconds", "60"])
      try await alice.wait(for: .running, of: created.id, within: .seconds(30))
      let before = try await containers(of: cluster)
      try await agent.kill()
      try agent.restart()
      // A second order, carried out, shows that the first container was looked at before.
      let second = try await deploy(to: cluster, command: ["--seconds", "60"])
      try await alice.wait(for: .running, of: second.id, within: .seconds(30))
      let after = try await containers(of: cluster)
      #expect(after.count == 2 && Set(before).isSubset(of: after))
      #expect(try await alice.deployment(created.id).attempt == 1)
      for one in [created, second] {
        _ = try await alice.deployments.cancelDeployment(.init(id: one.id))
      }
      try await eventually("the containers to go", within: .seconds(30), every: .milliseconds(100))
      {
        try await containers(of: cluster).isEmpty
      }
    }

    // MARK: Steps

    private func start(_ cluster: Cluster) async throws -> RunningAgent {
      try await RunningAgent.start(
        for: cluster.id, by: shared.alice.caller, on: shared.stack, engine: .docker(host: host))
    }

    private func deploy(
      to cluster: Cluster, command: [String], gpu: Int64 = 0, attempts: Int32 = 0
    ) async throws -> Deployment {
      let answer = try await shared.alice.caller.deployments.createDeployment(
        CreateDeploymentRequest(
          clusterID: cluster.id, image: image, command: command,
          resources: Resources(cpuMillis: 500, memoryBytes: 64 << 20, gpuMillis: gpu),
          maxAttempts: attempts))
      return try #require(answer.deployment)
    }

    private func firstLine(of id: String, by caller: Caller) async throws -> String {
      var text = ""
      for try await chunk in caller.deployments.logs(LogsRequest(deploymentID: id, follow: true)) {
        text += String(decoding: chunk.data, as: UTF8.self)
        if text.contains("\n") { break }
      }
      return text
    }

    /// Those that run; with `all` also those that have ended.
    private func containers(of cluster: Cluster, all: Bool = false) async throws -> [String] {
      try await docker(
        "ps", all ? "-aq" : "-q", "--no-trunc", "--filter", "label=berth.cluster=\(cluster.id)"
      ).split(separator: "\n").map(String.init)
    }

    private func removeContainers(of cluster: Cluster) async throws {
      for container in try await containers(of: cluster, all: true) {
        _ = try await docker("rm", "-f", container)
      }
    }

    private func docker(_ arguments: String...) async throws -> String {
      let outcome = try await ChildProcess.run(
        "/usr/bin/docker", arguments, environment: ["DOCKER_HOST": host, "DOCKER_CONTEXT": nil])
      try #require(outcome.exit.isSuccess, "\(outcome)")
      return outcome.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }
}
