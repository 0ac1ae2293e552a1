import Agent
import ContainerEngine
import Logging

/// Opens the engine that was asked for, and says which one it is.
struct EngineChoice {
  let settings: AgentSettings
  let folder: AgentStateFolder
  let logger: Logger

  func open() async throws(EngineError) -> any ContainerEngine {
    switch settings.engine {
    case .docker: return try await docker()
    case .simulated: return try simulated("as asked for")
    case .auto: return try await whatThereIs()
    }
  }

  /// A Docker Engine where one answers. One that was named, or that ran containers before, is never
  /// silently replaced by a simulation.
  private func whatThereIs() async throws(EngineError) -> any ContainerEngine {
    do throws(EngineError) {
      return try await docker()
    } catch {
      if settings.dockerHost != nil || folder.engine() == EngineKind.docker.rawValue {
        throw EngineError(
          error.code, "\(error.message); --engine simulated runs the agent without one")
      }
      return try simulated("no Docker Engine answers at \(DockerAddress.usual)")
    }
  }

  private func docker() async throws(EngineError) -> any ContainerEngine {
    let address = try DockerAddress(settings.dockerHost ?? DockerAddress.usual)
    let engine = try await DockerEngine.connect(
      to: address, options: settings.container, logger: logger)
    let version = try await engine.version()
    logger.notice(
      "engine: Docker \(version.version) at \(address)",
      metadata: [
        "interface": "\(version.interface)", "network": "\(settings.container.network)",
        "gpus": "\(settings.container.gpus)", "limits": "\(settings.container.limits)",
        "pull": "\(settings.container.pull)",
      ])
    try remember(.docker)
    return engine
  }

  private func simulated(_ why: String) throws(EngineError) -> any ContainerEngine {
    let engine = try SimulatedEngine(
      folder: folder.simulatedFolder, options: settings.container, logger: logger)
    logger.warning("engine: SIMULATED, no container really runs (\(why))")
    try remember(.simulated)
    return engine
  }

  private func remember(_ kind: EngineKind) throws(EngineError) {
    do throws(AgentError) { try folder.remember(engine: kind.rawValue) } catch {
      throw EngineError(.failed, error.description)
    }
  }
}
