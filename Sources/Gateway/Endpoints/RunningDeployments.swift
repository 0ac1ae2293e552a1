import Messages
import RPCClient
import Wire

/// The deployments that `complete_deployment` ends.
struct RunningDeployments: Sendable {
  /// What the older surface shows as running.
  private static let states: [DeploymentState] = [.starting, .running]

  let call: EndpointCall

  /// Ends each that still runs when its turn comes.
  func complete() async throws(EndpointError) -> [Deployment] {
    // SuperAdmins alone, although the call below is every developer's within its organization.
    _ = try await call.run { options async throws(RPCStatus) in
      try await call.admin.getScheduler(GetSchedulerRequest(), options: options)
    }
    var completed: [Deployment] = []
    for deployment in try await running() {
      do throws(EndpointError) {
        let answer = try await call.run { options async throws(RPCStatus) in
          try await call.deployments.completeDeployment(
            CompleteDeploymentRequest(id: deployment.id), options: options)
        }
        completed.append(try call.require(answer.deployment))
      } catch {
        // It ended in the meantime: by its container, a cancellation, or with the rest of its gang.
        guard case .status(let status) = error,
          status.code == .failedPrecondition || status.code == .notFound
        else { throw error }
      }
    }
    return completed
  }

  private func running() async throws(EndpointError) -> [Deployment] {
    let input = call.input
    guard input.has("deployment_ids") else {
      let answer = try await call.run { options async throws(RPCStatus) in
        try await call.deployments.listDeployments(
          ListDeploymentsRequest(
            organizationID: input.text("organization_id"),
            page: PageRequest(size: Int32(GatewayLimits.completedDeployments)),
            states: Self.states, clusterID: input.text("cluster_id")), options: options)
      }
      return answer.deployments
    }
    var named: [Deployment] = []
    for id in input.texts("deployment_ids") {
      let answer = try await call.run { options async throws(RPCStatus) in
        try await call.deployments.getDeployment(GetDeploymentRequest(id: id), options: options)
      }
      let deployment = try call.require(answer.deployment)
      if Self.states.contains(deployment.state), matches(deployment) { named.append(deployment) }
    }
    return named
  }

  private func matches(_ deployment: Deployment) -> Bool {
    let (organization, cluster) = (
      call.input.text("organization_id"), call.input.text("cluster_id")
    )
    return (organization.isEmpty || deployment.organizationID == organization)
      && (cluster.isEmpty || deployment.placedClusterID == cluster)
  }
}
