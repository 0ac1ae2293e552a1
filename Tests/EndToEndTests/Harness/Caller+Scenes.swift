import Messages
import RPCClient
import TestSupport
import Testing

/// An organization, seen by one of its admins.
struct Tenant: Sendable {
  let admin: Caller
  let id: String
  let inviteCode: String

  /// A caller with that role: a service account, which needs no password hash.
  func serviceCaller(
    _ role: String, on stack: Stack, at replica: Replica? = nil
  ) async throws -> (caller: Caller, accountID: String) {
    let answer = try await admin.serviceAccounts.createServiceAccount(
      CreateServiceAccountRequest(organizationID: id, name: UniqueName.make("s"), role: role))
    let caller = try await stack.connect(token: answer.apiKey, to: replica)
    return (caller, try #require(answer.serviceAccount?.id))
  }
}

extension Caller {
  /// A new organization of the caller's.
  func createOrganization() async throws -> Tenant {
    let answer = try await organizations.createOrganization(
      CreateOrganizationRequest(name: UniqueName.make("org")))
    return Tenant(
      admin: self, id: try #require(answer.organization?.id), inviteCode: answer.inviteCode)
  }

  /// A new cluster; memory is ample unless said otherwise.
  func createCluster(
    in organization: String, name: String = UniqueName.make("c"), cpu: Int64 = 1_000,
    memory: Int64 = 1 << 40, gpu: Int64 = 0, gpuModel: String = ""
  ) async throws -> Cluster {
    let answer = try await clusters.createCluster(
      CreateClusterRequest(
        organizationID: organization, name: name,
        capacity: Resources(cpuMillis: cpu, memoryBytes: memory, gpuMillis: gpu),
        gpuModel: gpuModel))
    return try #require(answer.cluster)
  }

  /// Deploys onto a cluster, or onto any of an organization's.
  func deploy(
    to cluster: String = "", in organization: String = "", cpu: Int64 = 100,
    memory: Int64 = 1 << 20, gpu: Int64 = 0, priority: Int32 = 0, command: [String] = [],
    maxAttempts: Int32 = 0, idempotencyKey: String = ""
  ) async throws(RPCStatus) -> Deployment {
    let answer = try await deployments.createDeployment(
      CreateDeploymentRequest(
        organizationID: organization, clusterID: cluster, image: "example.com/model:1",
        command: command,
        resources: Resources(cpuMillis: cpu, memoryBytes: memory, gpuMillis: gpu),
        priority: priority, maxAttempts: maxAttempts, idempotencyKey: idempotencyKey))
    guard let deployment = answer.deployment else {
      throw RPCStatus(.internal, "an answer without a deployment")
    }
    return deployment
  }

  func deployment(_ id: String) async throws -> Deployment {
    try #require(
      try await deployments.getDeployment(GetDeploymentRequest(id: id)).deployment)
  }

  func cluster(_ id: String) async throws -> Cluster {
    try #require(try await clusters.getCluster(GetClusterRequest(id: id)).cluster)
  }

  /// Waits until the deployment is in one of `states` and returns it.
  @discardableResult
  func wait(
    for states: DeploymentState..., of id: String, within limit: Duration = .seconds(15)
  ) async throws -> Deployment {
    var last: Deployment?
    do {
      return try await eventually("\(states)", within: limit, every: .milliseconds(10)) {
        last = try await deployment(id)
        return last.flatMap { states.contains($0.state) ? $0 : nil }
      }
    } catch let error as DeadlineExceeded {
      throw DeadlineExceeded("\(error); it is \(String(describing: last))", after: limit)
    }
  }

  /// Every deployment that matches.
  func allDeployments(_ request: ListDeploymentsRequest) async throws -> [Deployment] {
    var request = request
    var all: [Deployment] = []
    repeat {
      request.page = PageRequest(size: 500, token: request.page?.token ?? "")
      let answer = try await deployments.listDeployments(request)
      all += answer.deployments
      request.page?.token = answer.nextPageToken
    } while request.page?.token != ""
    return all
  }

  /// Calls a method with an empty request and drops the answers.
  func callEmpty(_ method: MethodDescriptor) async throws(RPCStatus) {
    try await callEmpty(method, method.input, method.output)
  }

  private func callEmpty<Request: Message, Response: Message>(
    _ method: MethodDescriptor, _: Request.Type, _: Response.Type
  ) async throws(RPCStatus) {
    if method.requestStreaming {
      let call = try await agents.attach()
      for try await _ in call.responses {}
    } else if method.responseStreaming {
      let answers: ResponseStream<Response> = channel.serverStreaming(
        method, Request(), options: CallOptions())
      for try await _ in answers {}
    } else {
      let _: Response = try await channel.unary(method, Request(), options: CallOptions())
    }
  }
}
