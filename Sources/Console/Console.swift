package import Gateway
package import Hummingbird
package import RPCClient

/// The web console: pages, sessions and live events, over the gateway's calls.
package struct Console: Sendable {
  let channel: Channel
  package let sessions: ConsoleSessions

  package init(channel: Channel) {
    self.channel = channel
    sessions = ConsoleSessions()
  }

  package func addRoutes(to router: Router<GatewayContext>) {
  }
}
