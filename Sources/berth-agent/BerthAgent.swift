import Agent
import ArgumentParser
import ContainerEngine
import Foundation
import Logging
import RPCClient
import ServiceLifecycle
import Telemetry
import UnixSignals

/// `berth-agent`: runs one cluster's containers.
@main
struct BerthAgent: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "berth-agent",
    abstract: "Runs the containers of one Berth cluster.",
    discussion: """
      Attaches to a Berth server with a cluster's agent token, starts, watches and stops \
      containers as the server orders, and forwards their output. SIGTERM and SIGINT detach it; \
      its containers go on, and the next agent on the same state folder takes them up.

      Each option can be given in the environment, by the name in brackets.
      """,
    version: AgentRelease.version)

  @OptionGroup var options: AgentArguments

  func run() async throws {
    do {
      let settings = try AgentSettings(options, environment: ProcessInfo.processInfo.environment)
      try await Self.serve(settings)
    } catch let error as AgentSettingsError {
      throw Self.failure(error.description, code: .validationFailure)
    } catch let error as AgentError {
      throw Self.failure(error.description)
    } catch let error as EngineError {
      throw Self.failure(error.message)
    } catch let error as RPCStatus {
      throw Self.failure(error.message)
    }
  }

  private static func serve(_ settings: AgentSettings) async throws {
    let logLevel = settings.logLevel
    let logger = Logger(label: "berth-agent") { label in
      StandardErrorLogHandler(label: label, logLevel: logLevel)
    }
    let spans: SpanExport?
    do throws(TelemetrySettingsError) {
      let environment = ProcessInfo.processInfo.environment
      spans = try SpanExport.start(
        service: "berth-agent", version: AgentRelease.version, logger: logger
      ) { environment[$0] }
    } catch {
      throw AgentSettingsError("\(error)")
    }
    let folder = try AgentStateFolder.open(settings.stateFolder)
    let engine = try await EngineChoice(settings: settings, folder: folder, logger: logger).open()
    let channel = try Channel(
      to: settings.address,
      options: ChannelOptions(
        trust: settings.authority.map { .certificateAuthority(path: $0) } ?? .system,
        credentials: settings.credentials))
    let agent = Agent(
      engine: engine, connector: RPCAgentConnector(channel: channel), folder: folder,
      options: AgentOptions(
        version: AgentRelease.version, retainedContainers: settings.retainedContainers,
        spans: spans?.exporter.queue),
      logger: logger)
    var configuration = ServiceGroupConfiguration(
      services: [
        .init(
          service: AgentService(agent: agent), successTerminationBehavior: .gracefullyShutdownGroup)
      ],
      gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = Duration.seconds(8)
    let result: Result<Void, any Error>
    do { result = .success(try await ServiceGroup(configuration: configuration).run()) } catch {
      result = .failure(error)
    }
    await channel.close()
    await engine.shutdown()
    await spans?.end()
    try result.get()
  }

  private static func failure(_ message: String, code: ExitCode = .failure) -> ExitCode {
    FileHandle.standardError.write(Data("berth-agent: \(message)\n".utf8))
    return code
  }
}
