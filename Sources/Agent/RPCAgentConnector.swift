import Messages
package import RPCClient
import Wire

/// Attaches by Berth's protocol.
package struct RPCAgentConnector: AgentConnector {
  private let channel: Channel

  /// The channel's credentials are the agent's token.
  package init(channel: Channel) { self.channel = channel }

  package func connect() async throws(AgentLinkError) -> any AgentLink {
    do throws(RPCStatus) {
      return RPCAgentLink(call: try await AgentServiceClient(channel).attach())
    } catch {
      throw AgentLinkError(error)
    }
  }
}
