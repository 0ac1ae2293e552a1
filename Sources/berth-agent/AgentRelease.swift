/// The agent's release.
enum AgentRelease {
  static let version = "0.1.0"
}
