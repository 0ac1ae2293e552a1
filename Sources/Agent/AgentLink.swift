package import Messages

/// One attachment to a server: messages one way, orders the other.
package protocol AgentLink: Sendable {
  /// Sends one message. Waits while the server takes nothing.
  func send(_ message: AgentMessage) async throws(AgentLinkError)

  /// The next order; nil when the server ended the attachment. For one task at a time.
  func nextCommand() async throws(AgentLinkError) -> AgentCommand.Command?

  /// Ends the attachment. Containers are not touched.
  func close() async
}
