package import Hummingbird
package import RPCClient

/// Berth's RPCs over HTTP with JSON, for callers that do not speak its protocol.
package struct Gateway: Sendable {
  let channel: Channel
  let sessions: any SessionTokens

  package init(channel: Channel, sessions: any SessionTokens) {
    self.channel = channel
    self.sessions = sessions
  }

  package func addRoutes(to router: Router<GatewayContext>) {
  }
}
