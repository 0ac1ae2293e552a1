package import Domain
package import Messages
package import RPCServer
package import Wire

/// `berth.v1.DeploymentService` over the domain's deployments; its streams are in
/// `DeploymentHandlers+Streams.swift`. Not the generated protocol's: three of its methods answer
/// straight from the store's memory (`DeploymentAnswer`).
package struct DeploymentHandlers: Sendable {
  let deployments: Deployments
  let explanations: Explanations
  let watch: DeploymentWatch
  let sessions: AgentSessions
  let forwarder: any LogForwarder
  let access: Access

  package init(
    _ deployments: Deployments, explanations: Explanations, watch: DeploymentWatch,
    sessions: AgentSessions, forwarder: any LogForwarder, access: Access
  ) {
    self.deployments = deployments
    self.explanations = explanations
    self.watch = watch
    self.sessions = sessions
    self.forwarder = forwarder
    self.access = access
  }

  package func createDeployment(
    _ request: CreateDeploymentRequest, context: CallContext
  ) async throws(RPCStatus) -> DeploymentAnswer {
    let deployment = try await context.granted { grant async throws(DomainError) in
      try await deployments.create(
        grant, DeploymentDraft(request, traceparent: context.recordedTraceparent))
    }
    let answer = DeploymentAnswer(expecting: 1)
    answer.add(deployment)
    return answer
  }

  package func getDeployment(
    _ request: GetDeploymentRequest, context: CallContext
  ) async throws(RPCStatus) -> DeploymentAnswer {
    let answer = DeploymentAnswer(expecting: 1)
    try await context.granted { grant async throws(DomainError) in
      try await deployments.get(grant, id: request.id, into: answer)
    }
    return answer
  }

  package func listDeployments(
    _ request: ListDeploymentsRequest, context: CallContext
  ) async throws(RPCStatus) -> DeploymentAnswer {
    let page = RequestedPage(request.page)
    let answer = DeploymentAnswer(
      expecting: (1...PageRequest.maximumSize).contains(page.size)
        ? page.size : PageRequest.defaultSize)
    let next = try await context.granted { grant async throws(DomainError) in
      try await deployments.list(
        grant,
        DeploymentQuery(
          organizationID: request.organizationID,
          states: request.states.map(Domain.DeploymentState.init), clusterID: request.clusterID,
          priority: request.priority.map(Int.init), gangID: request.gangID, page: page),
        into: answer)
    }
    if let next { answer.end(nextPageToken: next) }
    return answer
  }

  package func cancelDeployment(
    _ request: CancelDeploymentRequest, context: CallContext
  ) async throws(RPCStatus) -> CancelDeploymentResponse {
    let deployment = try await context.granted { grant async throws(DomainError) in
      try await deployments.cancel(grant, id: request.id)
    }
    return CancelDeploymentResponse(deployment: Messages.Deployment(deployment))
  }

  package func completeDeployment(
    _ request: CompleteDeploymentRequest, context: CallContext
  ) async throws(RPCStatus) -> CompleteDeploymentResponse {
    let deployment = try await context.granted { grant async throws(DomainError) in
      try await deployments.complete(grant, id: request.id)
    }
    return CompleteDeploymentResponse(deployment: Messages.Deployment(deployment))
  }

  package func updateDeployment(
    _ request: UpdateDeploymentRequest, context: CallContext
  ) async throws(RPCStatus) -> UpdateDeploymentResponse {
    let deployment = try await context.granted { grant async throws(DomainError) in
      try await deployments.update(grant, id: request.id, DeploymentChange(request))
    }
    return UpdateDeploymentResponse(deployment: Messages.Deployment(deployment))
  }

  package func listDeploymentEvents(
    _ request: ListDeploymentEventsRequest, context: CallContext
  ) async throws(RPCStatus) -> ListDeploymentEventsResponse {
    let page = try await context.granted { grant async throws(DomainError) in
      try await deployments.events(grant, id: request.id, page: RequestedPage(request.page))
    }
    return ListDeploymentEventsResponse(
      events: page.elements.map(Messages.DeploymentEvent.init), nextPageToken: page.next ?? "")
  }
}

extension DeploymentDraft {
  init(_ request: CreateDeploymentRequest, traceparent: String? = nil) {
    self.init(
      organizationID: request.organizationID, clusterID: request.clusterID, name: request.name,
      image: request.image, command: request.command, environment: request.env,
      resources: request.resources.map(RequestedResources.init), gpuModels: request.gpuModels,
      priority: Int(request.priority), maxAttempts: Int(request.maxAttempts),
      idempotencyKey: request.idempotencyKey,
      timeToLive: request.queueTimeToLive.map { Duration($0) },
      startBy: request.startBy.map { Instant($0) }, priorityClass: request.priorityClass,
      replicas: Int(request.replicas), traceparent: traceparent)
  }
}

extension CallContext {
  /// What is kept with what the call makes, so that its trace goes on later; nil: nobody records
  /// it.
  fileprivate var recordedTraceparent: String? {
    trace.flatMap { $0.isSampled ? $0.traceparent : nil }
  }
}

extension DeploymentChange {
  fileprivate init(_ request: UpdateDeploymentRequest) {
    self.init()
    priority = request.priority.map(Int.init)
    if !request.priorityClass.isEmpty { priorityClass = request.priorityClass }
    resources = request.resources.map(RequestedResources.init)
    gpuModels = request.gpuModels?.models
    timeToLive = request.queueTimeToLive.map { duration in
      let duration = Duration(duration)
      return duration == .zero ? .none : .at(duration)
    }
    startBy = request.startBy.map { time in
      let time = Instant(time)
      return time == Instant(microseconds: 0) ? .none : .at(time)
    }
  }
}
