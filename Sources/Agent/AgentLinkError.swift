/// Why an attachment could not be made, or ended.
package struct AgentLinkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What follows from it.
  package enum Kind: Hashable, Sendable {
    /// The server is not reachable, or the attachment broke: try again.
    case unavailable
    /// The server does not accept this agent's token.
    case refused
    /// Another agent attached for the same cluster.
    case superseded
  }

  package let kind: Kind
  package let message: String
  /// How long the server asks to stay away.
  package let retryAfter: Duration?

  package init(_ kind: Kind, _ message: String, retryAfter: Duration? = nil) {
    self.kind = kind
    self.message = message
    self.retryAfter = retryAfter
  }

  package var description: String { message }
}
