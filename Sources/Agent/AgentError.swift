/// Why an agent gave up.
package enum AgentError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The server never accepted this agent's token.
  case refused(String)
  /// The state folder cannot be used.
  case stateFolder(String)

  package var description: String {
    switch self {
    case .refused(let message): "the server does not accept this agent: \(message)"
    case .stateFolder(let message): message
    }
  }
}
