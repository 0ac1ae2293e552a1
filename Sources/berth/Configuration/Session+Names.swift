import RPCClient

extension Session {
  /// Every organization of the caller.
  func organizations() async throws -> [Organization] {
    let (service, call) = (OrganizationServiceClient(channel), call)
    return try await Paging.all { page throws(RPCStatus) in
      let answer = try await service.listOrganizations(
        ListOrganizationsRequest(page: page), options: call)
      return (answer.organizations, answer.nextPageToken)
    }
  }

  /// The id of an organization by its name or id; of the only one when none is named.
  func organization(_ text: String?) async throws -> String {
    if let text, Self.isIdentifier(text) { return text }
    let all = try await organizations()
    if let text {
      guard let found = all.first(where: { $0.name == text }) else {
        throw Failure("you have no organization \(text): `berth org list` shows them", status: 66)
      }
      return found.id
    }
    switch all.count {
    case 0:
      throw Failure(
        "you have no organization: `berth org create NAME` or `berth org join CODE`", status: 66)
    case 1: return all[0].id
    default:
      let names = all.map(\.name).joined(separator: ", ")
      throw Failure("you have several organizations, name one with --org: \(names)", status: 64)
    }
  }

  func members(of organization: String) async throws -> [Member] {
    let (service, call) = (OrganizationServiceClient(channel), call)
    return try await Paging.all { page throws(RPCStatus) in
      let answer = try await service.listMembers(
        ListMembersRequest(organizationID: organization, page: page), options: call)
      return (answer.members, answer.nextPageToken)
    }
  }

  /// A member's user id by username or id.
  func member(_ text: String, of organization: String) async throws -> String {
    if Self.isIdentifier(text) { return text }
    guard let found = try await members(of: organization).first(where: { $0.username == text })
    else { throw Failure("\(text) is no member of it", status: 66) }
    return found.userID
  }

  func clusters(
    _ request: ListClustersRequest, limit: Int = .max
  ) async throws -> [Cluster] {
    let (service, call) = (ClusterServiceClient(channel), call)
    return try await Paging.all(limit: limit) { page throws(RPCStatus) in
      var request = request
      request.page = page
      let answer = try await service.listClusters(request, options: call)
      return (answer.clusters, answer.nextPageToken)
    }
  }

  /// A cluster's id by name or id.
  func cluster(_ text: String) async throws -> String {
    if Self.isIdentifier(text) { return text }
    let found = try await clusters(ListClustersRequest(namePrefix: text)).filter { $0.name == text }
    switch found.count {
    case 0:
      throw Failure("there is no cluster \(text): `berth cluster list` shows them", status: 66)
    case 1: return found[0].id
    default:
      throw Failure("several organizations have a cluster \(text): give its id", status: 64)
    }
  }

  func deployments(
    _ request: ListDeploymentsRequest, limit: Int
  ) async throws -> [Deployment] {
    let (service, call) = (DeploymentServiceClient(channel), call)
    return try await Paging.all(limit: limit) { page throws(RPCStatus) in
      var request = request
      request.page = page
      let answer = try await service.listDeployments(request, options: call)
      return (answer.deployments, answer.nextPageToken)
    }
  }

  /// Waits until the deployment has reached `goal` or has ended; tells of every change on the way.
  func wait(
    for goal: DeploymentState, deployment: Deployment, output: OutputFormat
  ) async throws -> Deployment {
    let request = WatchDeploymentsRequest(deploymentID: deployment.id, includeCurrent: true)
    var last = deployment
    for try await change in DeploymentServiceClient(channel).watchDeployments(
      request, options: endless)
    {
      guard let now = change.deployment, let event = change.event else { continue }
      last = now
      // Scripts that read JSON get one document, the last state.
      if output == .table {
        Terminal.print("\(now.id)  \(event.state.colouredName)  \(event.reason.printable)")
      }
      if now.state.isFinal { return now }
      if event.state.rawValue >= goal.rawValue { return now }
    }
    return last
  }

  /// Whether the text is a UUID, which names never are: they are looked up.
  private static func isIdentifier(_ text: String) -> Bool {
    text.utf8.count == 36
      && text.utf8.enumerated().allSatisfy { index, byte in
        [8, 13, 18, 23].contains(index)
          ? byte == UInt8(ascii: "-") : Character(UnicodeScalar(byte)).isHexDigit
      }
  }
}
