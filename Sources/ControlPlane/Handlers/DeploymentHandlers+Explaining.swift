internal import Domain
package import Messages
package import RPCServer
package import Wire

extension DeploymentHandlers {
  package func explainDeployment(
    _ request: ExplainDeploymentRequest, context: CallContext
  ) async throws(RPCStatus) -> ExplainDeploymentResponse {
    let explanation = try await context.granted { grant async throws(DomainError) in
      try await explanations.explain(grant, id: request.id)
    }
    let waits = explanation.deployment.state == .queued
    return ExplainDeploymentResponse(
      deployment: Messages.Deployment(explanation.deployment),
      standing: Standing(explanation.standing), summary: explanation.summary,
      queue: waits ? QueuePlace(explanation) : nil, fit: waits ? FitReport(explanation) : nil,
      history: explanation.history.map(Messages.DeploymentEvent.init),
      timeLimit: explanation.timeLimit.map(Messages.TimeLimit.init),
      preemption: explanation.preemption.map(Messages.PreemptionOutlook.init))
  }

  package func simulateDeployment(
    _ request: SimulateDeploymentRequest, context: CallContext
  ) async throws(RPCStatus) -> SimulateDeploymentResponse {
    let explanation = try await context.granted { grant async throws(DomainError) in
      try await explanations.simulate(
        grant, DeploymentDraft(request.deployment ?? CreateDeploymentRequest()))
    }
    return SimulateDeploymentResponse(
      fits: explanation.standing == .next, summary: explanation.summary,
      queue: QueuePlace(explanation), fit: FitReport(explanation),
      timeLimit: explanation.timeLimit.map(Messages.TimeLimit.init),
      preemption: explanation.preemption.map(Messages.PreemptionOutlook.init))
  }
}
