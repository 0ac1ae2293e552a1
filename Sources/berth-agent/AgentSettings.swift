import Agent
import ContainerEngine
import Foundation
import Glibc
import Logging
import RPCClient

/// What the agent runs by: options first, then the environment, then defaults.
struct AgentSettings {
  /// The engines that can be asked for.
  enum Engine: String, CaseIterable {
    case auto
    case docker
    case simulated
  }

  let address: String
  let authority: String?
  let credentials: any CredentialsProvider
  let engine: Engine
  /// Nil means the usual socket.
  let dockerHost: String?
  let container: DockerOptions
  /// How many ended containers are kept for their output.
  let retainedContainers: Int
  let stateFolder: String
  let logLevel: Logger.Level

  /// Throws what is missing or wrong, naming the option and the variable.
  init(_ arguments: AgentArguments, environment: [String: String]) throws(AgentSettingsError) {
    let source = Source(environment: environment)
    guard let address = source.text(arguments.address, "BERTH_ADDRESS") else {
      throw AgentSettingsError("the server's address is missing: --address or BERTH_ADDRESS")
    }
    self.address = address
    authority = source.text(arguments.ca, "BERTH_CA")
    if let authority, !FileManager.default.isReadableFile(atPath: authority) {
      throw AgentSettingsError("the authority's file \(authority) cannot be read (--ca, BERTH_CA)")
    }
    credentials = try Self.credentials(arguments, source)
    engine = try source.choice(arguments.engine, "--engine", "BERTH_AGENT_ENGINE") ?? .auto
    dockerHost = source.text(arguments.dockerHost, "DOCKER_HOST")
    var container = DockerOptions()
    if let text = source.text(arguments.network, "BERTH_AGENT_NETWORK"),
      let network = NetworkMode(text)
    {
      container.network = network
    }
    container.gpus =
      try source.choice(arguments.gpus, "--gpus", "BERTH_AGENT_GPUS") ?? .pretend
    container.limits =
      try source.choice(arguments.limits, "--limits", "BERTH_AGENT_LIMITS") ?? .strict
    container.pull =
      try source.choice(arguments.pull, "--pull", "BERTH_AGENT_PULL") ?? .missing
    self.container = container
    retainedContainers = try source.retainedContainers(arguments.keep)
    stateFolder =
      source.text(arguments.stateFolder, "BERTH_AGENT_STATE_FOLDER")
      ?? Self.usualStateFolder(environment)
    logLevel = try source.choice(arguments.logLevel, "--log-level", "BERTH_LOG_LEVEL") ?? .info
  }

  private static func credentials(
    _ arguments: AgentArguments, _ source: Source
  ) throws(AgentSettingsError) -> any CredentialsProvider {
    if let path = source.text(arguments.tokenFile, "BERTH_AGENT_TOKEN_FILE") {
      if case .failure(let problem) = FileToken.read(path) {
        throw AgentSettingsError(problem.description)
      }
      return FileToken(path: path)
    }
    guard let token = source.text(nil, "BERTH_AGENT_TOKEN") else {
      throw AgentSettingsError(
        "the agent's token is missing: --token-file, BERTH_AGENT_TOKEN_FILE or BERTH_AGENT_TOKEN")
    }
    return FixedCredentials(token)
  }

  private static func usualStateFolder(_ environment: [String: String]) -> String {
    // A service manager may name several, separated by colons.
    if let folder = environment["STATE_DIRECTORY"]?.split(separator: ":").first {
      return String(folder)
    }
    if geteuid() == 0 { return "/var/lib/berth-agent" }
    let home = environment["HOME"] ?? NSHomeDirectory()
    return (environment["XDG_STATE_HOME"] ?? home + "/.local/state") + "/berth-agent"
  }

  /// Where a setting comes from.
  private struct Source {
    let environment: [String: String]

    /// An empty text counts as not given.
    func text(_ option: String?, _ variable: String) -> String? {
      for text in [option, environment[variable]] {
        if let text, !text.isEmpty { return text }
      }
      return nil
    }

    func retainedContainers(_ option: String?) throws(AgentSettingsError) -> Int {
      guard let text = text(option, "BERTH_AGENT_KEEP") else {
        return AgentLimits.retainedContainers
      }
      guard let count = Int(text), (0...AgentLimits.containers).contains(count) else {
        throw AgentSettingsError(
          "--keep (BERTH_AGENT_KEEP) is \"\(text)\"; expected 0 to \(AgentLimits.containers)")
      }
      return count
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(
      _ option: String?, _ name: String, _ variable: String
    ) throws(AgentSettingsError) -> Choice? {
      guard let text = text(option, variable) else { return nil }
      if let choice = Choice(rawValue: text) { return choice }
      let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw AgentSettingsError("\(name) (\(variable)) is \"\(text)\"; expected one of \(choices)")
    }
  }
}
