import Messages
import RPCClient
import Wire

/// An organization at berthd, seen with the token of whoever signed in.
struct OrganizationSource: LiveSource {
  let channel: Channel
  let credentials: any CredentialsProvider
  let organization: String

  func follow(_ body: @Sendable (Deployment) -> Void) async throws(RPCStatus) {
    var options = try await options()
    options.deadline = nil
    let changes = DeploymentServiceClient(channel).watchDeployments(
      WatchDeploymentsRequest(organizationID: organization, includeCurrent: true),
      options: options)
    for try await change in changes {
      if let deployment = change.deployment { body(deployment) }
    }
  }

  func newestDeployments() async throws(RPCStatus) -> [Deployment] {
    let size = Int32(ConsoleLimits.feedEndedDeployments)
    return try await DeploymentServiceClient(channel).listDeployments(
      ListDeploymentsRequest(organizationID: organization, page: PageRequest(size: size)),
      options: try await options()
    ).deployments
  }

  func deployment(_ id: String) async throws(RPCStatus) -> Deployment? {
    do throws(RPCStatus) {
      return try await DeploymentServiceClient(channel).getDeployment(
        GetDeploymentRequest(id: id), options: try await options()
      ).deployment
    } catch {
      guard error.code == .notFound else { throw error }
      return nil
    }
  }

  func clusters() async throws(RPCStatus) -> [Cluster] {
    let size = Int32(ConsoleLimits.feedClusters)
    return try await ClusterServiceClient(channel).listClusters(
      ListClustersRequest(organizationID: organization, page: PageRequest(size: size)),
      options: try await options()
    ).clusters
  }

  func quota() async throws(RPCStatus) -> OrganizationQuota? {
    do throws(RPCStatus) {
      return try await OrganizationServiceClient(channel).getOrganizationQuota(
        GetOrganizationQuotaRequest(organizationID: organization), options: try await options()
      ).quota
    } catch {
      guard error.code == .permissionDenied else { throw error }
      return nil
    }
  }

  private func options() async throws(RPCStatus) -> CallOptions {
    CallOptions(
      deadline: ConsoleLimits.lookDeadline, token: try await credentials.token(for: channel))
  }
}
