import Agent
import ServiceLifecycle

/// Runs the agent until the process is asked to end.
struct AgentService: Service {
  let agent: Agent

  func run() async throws {
    try await cancelWhenGracefulShutdown { try await self.agent.run() }
  }
}
