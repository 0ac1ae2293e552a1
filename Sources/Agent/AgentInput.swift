package import ContainerEngine
package import Messages

/// What the agent's state learns.
package enum AgentInput: Sendable {
  /// The server's order.
  case order(AgentCommand.Command)
  /// What the engine tells by itself.
  case engine(EngineEvent)
  /// How a start, or a resumption, ended.
  case started(ContainerKey, Result<ContainerRecord, EngineError>)
  /// A container is stopped, or discarded; nil if it was not there.
  case stopped(ContainerKey, ContainerExit?)
  /// A container as it is just now; nil if there is none.
  case inspected(ContainerKey, ContainerRecord?)
  /// Following an output ended.
  case logsEnded(requestID: String)
  /// The server is gone; who asked for output is gone with it.
  case detached
}
