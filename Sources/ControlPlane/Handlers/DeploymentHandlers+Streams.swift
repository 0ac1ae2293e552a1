import Domain
package import Messages
package import RPCServer
package import Wire

extension DeploymentHandlers {
  /// When the agent moves between replicas, so long is enough for it to have arrived.
  private static let moveDelay = Duration.seconds(1)

  package func watchDeployments(
    _ request: WatchDeploymentsRequest, responses: ResponseWriter<WatchDeploymentsResponse>,
    context: CallContext
  ) async throws(RPCStatus) {
    let changes = try await context.granted { grant async throws(DomainError) in
      let watched = try await deployments.watch(
        grant, organizationID: request.organizationID, deploymentID: request.deploymentID)
      return try await watch.begin(
        scope: watched.scope, deployment: watched.deployment,
        includeCurrent: request.includeCurrent)
    }
    context.endOnDrain()
    do throws(DomainError) {
      for try await change in changes {
        // A watch lives long: what the caller may see is asked again for every change (from the
        // cache).
        let grant = try await access.authorize(method: context.method.path, bearer: context.bearer)
        guard grant.scope.contains(change.deployment.organization) else { continue }
        try await write(change, to: responses)
      }
    } catch {
      throw context.status(of: error)
    }
  }

  private func write(
    _ change: ChangeBatch.Change, to responses: ResponseWriter<WatchDeploymentsResponse>
  ) async throws(DomainError) {
    do throws(RPCStatus) {
      try await responses.write(
        WatchDeploymentsResponse(
          event: Messages.DeploymentEvent(change.event),
          deployment: Messages.Deployment(change.deployment)))
    } catch {
      // The caller is gone: nobody reads what this becomes.
      throw .aborted(error.message)
    }
  }

  package func logs(
    _ request: LogsRequest, responses: ResponseWriter<LogsResponse>, context: CallContext
  ) async throws(RPCStatus) {
    let deployment = try await context.granted { grant async throws(DomainError) in
      try await deployments.logs(grant, deploymentID: request.deploymentID)
    }
    guard request.tailLines >= 0 else {
      throw .invalidArgument([FieldViolation(field: "tail_lines", description: "is negative")])
    }
    // What ends by itself may end.
    if request.follow { context.endOnDrain() }
    let logs: ContainerLogs
    do throws(AgentLogsError) {
      logs = try await sessions.logs(
        of: deployment, follow: request.follow, tail: Int(request.tailLines))
    } catch {
      switch error {
      case .failed(let error): throw context.status(of: error)
      case .elsewhere(let location):
        return try await forward(request, to: location, responses: responses, context: context)
      }
    }
    try await pass(logs, of: deployment, to: responses, context: context)
  }

  private func forward(
    _ request: LogsRequest, to location: AgentLocation, responses: ResponseWriter<LogsResponse>,
    context: CallContext
  ) async throws(RPCStatus) {
    guard context.metadata[LogForwarding.mark] == nil else {
      throw RPCStatus(
        .unavailable, "the agent is moving between replicas",
        details: [.retryInfo(delay: Self.moveDelay)])
    }
    try await forwarder.forward(request, to: location, context: context, into: responses)
  }

  /// Until the container ends or the caller may not read its logs any more, which is asked again
  /// for every piece.
  private func pass(
    _ logs: ContainerLogs, of deployment: Domain.Deployment,
    to responses: ResponseWriter<LogsResponse>, context: CallContext
  ) async throws(RPCStatus) {
    var iterator = logs.makeAsyncIterator()
    while true {
      let chunk = try await context.mapping { () async throws(DomainError) in
        try await iterator.next()
      }
      guard let chunk else { return }
      if let grant = try await context.renewedGrant(access),
        !grant.scope.contains(deployment.organization)
      {
        throw context.status(
          of: .notFound(kind: "deployment", name: deployment.id.description))
      }
      try await responses.write(
        LogsResponse(
          stream: chunk.source == .stderr ? .stderr : .stdout, data: chunk.data,
          attempt: Int32(clamping: chunk.attempt)))
    }
  }
}
