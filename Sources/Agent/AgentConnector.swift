/// Makes attachments.
package protocol AgentConnector: Sendable {
  /// Opens an attachment; nothing is sent on it yet.
  func connect() async throws(AgentLinkError) -> any AgentLink
}
