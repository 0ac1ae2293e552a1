import Messages
import RPCClient
import TestSupport
import Testing

/// Things happen that metrics tell of: two replicas, an agent, placements, a retry, a preemption.
struct MetricsScene: Sendable {
  let stack: Stack
  let console: ConsoleProcess
  let admin: Caller
  let organization: Organization
  let cluster: Cluster
  let agent: RunningAgent
  /// Deployments that were created.
  let created: Int
  /// Attempts that began.
  let placed: Int

  static let completed = 12

  static func play(
    on stack: Stack, console environment: [String: String?] = [:]
  ) async throws -> MetricsScene {
    let addresses = stack.replicas.map(\.address).joined(separator: ",")
    let console = try await ConsoleProcess.start(
      on: stack, address: addresses, environment: environment)
    let admin = try await stack.superAdmin()
    let organization = try #require(
      try await admin.organizations.createOrganization(
        CreateOrganizationRequest(name: UniqueName.make("say \"hi\" \\ "))
      ).organization)
    let cluster = try await admin.createCluster(
      in: organization.id, cpu: 1_000, gpu: 2_000, gpuModel: "A100")
    let agent = try await RunningAgent.start(for: cluster.id, by: admin, on: stack)
    for _ in 0..<completed {
      let one = try await admin.deploy(to: cluster.id, cpu: 100, command: ["true"])
      try await admin.wait(for: .completed, of: one.id)
    }
    // One retry, then no attempt is left.
    let failing = try await admin.deploy(
      to: cluster.id, cpu: 100, command: ["false"], maxAttempts: 2)
    try await admin.wait(for: .failed, of: failing.id, within: .seconds(60))
    try await preempt(on: cluster, by: admin)
    return MetricsScene(
      stack: stack, console: console, admin: admin, organization: organization, cluster: cluster,
      agent: agent, created: completed + 3, placed: completed + 4)
  }

  /// A batch deployment runs, and waits in the end for the urgent one that took its place.
  private static func preempt(on cluster: Cluster, by admin: Caller) async throws {
    _ = try await PriorityClassServiceClient(admin.channel).putPriorityClass(
      PutPriorityClassRequest(name: "nightly", priority: 10, protection: ProtobufDuration()))
    func request(_ name: String) -> CreateDeploymentRequest {
      CreateDeploymentRequest(
        clusterID: cluster.id, image: "example.com/model:1",
        resources: Resources(cpuMillis: 800, memoryBytes: 1 << 20, gpuMillis: 500),
        priorityClass: name)
    }
    let batch = try await admin.deployments.createDeployment(request("nightly"))
    try await admin.wait(for: .running, of: try #require(batch.deployment?.id))
    let urgent = try await admin.deployments.createDeployment(request("urgent"))
    try await admin.wait(for: .running, of: try #require(urgent.deployment?.id))
  }

  func end() async throws {
    try await console.terminate()
    try await agent.kill()
  }
}
