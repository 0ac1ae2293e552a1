import Foundation
import Messages
import RPCClient
import Synchronization
import TestSupport
import Testing

/// One `berth-agent` process of a cluster, which can be killed and started again over its state
/// folder.
final class RunningAgent: Sendable {
  enum Engine: Sendable {
    case simulated
    case docker(host: String)

    var arguments: [String] {
      switch self {
      case .simulated: ["--engine", "simulated"]
      case .docker(let host):
        [
          "--engine", "docker", "--docker-host", host, "--network", "none", "--limits", "clamp",
          "--gpus", "pretend",
        ]
      }
    }
  }

  let cluster: String
  private let folder: TemporaryFolder
  private let arguments: [String]
  private let environment: [String: String?]
  private let current: Mutex<ChildProcess>

  private init(
    cluster: String, folder: TemporaryFolder, arguments: [String], environment: [String: String?],
    process: ChildProcess
  ) {
    self.cluster = cluster
    self.folder = folder
    self.arguments = arguments
    self.environment = environment
    current = Mutex(process)
  }

  /// Makes a token as `admin`, starts an agent of the cluster and waits until it is attached.
  ///
  /// - Parameters:
  ///   - address: several, by commas, where `replica` alone is not enough.
  ///   - token: one that was made already.
  static func start(
    for cluster: String, by admin: Caller, on stack: Stack, at replica: Replica? = nil,
    address: String? = nil, engine: Engine = .simulated, token: String? = nil,
    environment: [String: String?] = [:]
  ) async throws -> RunningAgent {
    var token = token ?? ""
    if token.isEmpty {
      token = try await admin.clusters.createAgentToken(
        CreateAgentTokenRequest(clusterID: cluster)
      ).token
    }
    let folder = try TemporaryFolder("berth-agent")
    try folder.write(token + "\n", to: "token")
    let arguments =
      [
        "--address", address ?? (replica ?? stack.berthd).address, "--ca",
        stack.certificates.authority,
        "--token-file", folder.file("token"), "--state-folder", folder.file("state"),
      ] + engine.arguments
    let agent = RunningAgent(
      cluster: cluster, folder: folder, arguments: arguments, environment: environment,
      process: try ChildProcess.start(
        TestEnvironment.program("berth-agent"), arguments, environment: environment))
    try await agent.waitUntilAttached(admin)
    return agent
  }

  var process: ChildProcess { current.withLock { $0 } }

  /// The simulated engine's containers that have not ended, as "deployment.attempt".
  func runningContainers() throws -> Set<String> {
    let folder = folder.file("state/simulated")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    return Set(
      files.compactMap { name in
        guard name.hasSuffix(".json"),
          let data = FileManager.default.contents(atPath: "\(folder)/\(name)"),
          let content = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
          content["ending"] == nil
        else { return nil }
        return String(name.dropLast(".json".count))
      })
  }

  /// The environment of the simulated engine's container of a deployment.
  func environment(of deployment: String) throws -> [String: String] {
    let folder = folder.file("state/simulated")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder)
    where name.hasPrefix(deployment) {
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)"),
        let content = try JSONSerialization.jsonObject(with: data) as? [String: Any],
        let spec = content["spec"] as? [String: Any]
      else { continue }
      return spec["environment"] as? [String: String] ?? [:]
    }
    return [:]
  }

  func kill() async throws {
    process.kill()
    try await process.waitForExit()
  }

  /// Waits until the program says that it is attached, even where another one is.
  func waitUntilWelcome() async throws {
    try await process.waitForLine("\"attached\"", within: .seconds(20)) {
      $0.contains("attached") && !$0.contains("not attached")
    }
  }

  /// Starts the program again over the same state folder, after its end.
  func restart() throws {
    let next = try ChildProcess.start(
      TestEnvironment.program("berth-agent"), arguments, environment: environment)
    current.withLock { $0 = next }
  }

  func waitUntilAttached(_ admin: Caller) async throws {
    try await eventually("the agent to attach", within: .seconds(20), every: .milliseconds(20)) {
      if process.exit != nil {
        throw ChildProcessError.endedEarly(
          program: "berth-agent", outcome: try await process.outcome(within: .seconds(1)))
      }
      return try await admin.cluster(cluster).agentAttached
    }
  }
}
