import Messages
import RPCClient

/// One client: a channel with credentials and the typed stubs over it.
struct Caller: Sendable {
  let channel: Channel

  static func connect(to address: String, authority: String, token: String?) async throws -> Caller
  {
    Caller(
      channel: try await Channel.connect(
        to: address,
        options: ChannelOptions(trust: .certificateAuthority(path: authority), token: token)))
  }

  func close() async { await channel.close() }

  var users: UserServiceClient { UserServiceClient(channel) }
  var organizations: OrganizationServiceClient { OrganizationServiceClient(channel) }
  var clusters: ClusterServiceClient { ClusterServiceClient(channel) }
  var deployments: DeploymentServiceClient { DeploymentServiceClient(channel) }
  var serviceAccounts: ServiceAccountServiceClient { ServiceAccountServiceClient(channel) }
  var agents: AgentServiceClient { AgentServiceClient(channel) }
  var admin: AdminServiceClient { AdminServiceClient(channel) }
  var health: HealthServiceClient { HealthServiceClient(channel) }
}
