package import ContainerEngine
package import Messages

/// What is to be done for the agent's state. Doing it leads to the input named beside it.
package enum AgentAction: Hashable, Sendable {
  /// Create and start. -> `started`
  case start(ContainerSpec)
  /// Start what was created and never started. -> `started`
  case resume(ContainerRecord)
  /// Give up a start that is under way. -> `started`
  case cancelStart(ContainerKey)
  /// Stop, and keep what is left for its output. -> `stopped`
  case stop(ContainerKey, grace: Duration)
  /// Stop and remove. -> `stopped`
  case discard(ContainerKey, grace: Duration)
  /// Look. -> `inspected`
  case inspect(ContainerKey)
  /// Tell the server, if it is there: it learns everything again when it comes back.
  case report(ContainerReport)
  /// Forward output. -> `logsEnded`
  case openLogs(LogOrder)
  /// Stop forwarding. -> `logsEnded`
  case closeLogs(requestID: String)
  /// Tell the server that there will be no more output.
  case endLogs(requestID: String, attempt: Int32, error: String)
}
