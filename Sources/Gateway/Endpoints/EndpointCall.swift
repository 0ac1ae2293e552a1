import Messages
import RPCClient
import Wire

/// One request to an endpoint, checked, with the way to make calls for it.
struct EndpointCall: Sendable {
  let input: EndpointInput
  let channel: Channel
  let options: CallOptions

  var users: UserServiceClient { UserServiceClient(channel) }
  var organizations: OrganizationServiceClient { OrganizationServiceClient(channel) }
  var clusters: ClusterServiceClient { ClusterServiceClient(channel) }
  var deployments: DeploymentServiceClient { DeploymentServiceClient(channel) }
  var admin: AdminServiceClient { AdminServiceClient(channel) }
  var health: HealthServiceClient { HealthServiceClient(channel) }

  /// Makes a call; its status becomes the endpoint's error.
  func run<Answer>(
    _ call: (CallOptions) async throws(RPCStatus) -> Answer
  ) async throws(EndpointError) -> Answer {
    do throws(RPCStatus) { return try await call(options) } catch { throw .status(error) }
  }

  /// What an answer must have.
  func require<Part>(_ part: Part?) throws(EndpointError) -> Part {
    guard let part else { throw .status(RPCStatus(.internal, "an answer without its content")) }
    return part
  }
}
