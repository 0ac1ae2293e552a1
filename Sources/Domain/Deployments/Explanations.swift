/// Why deployments are where they are, and what would happen to one that is not created. Answers
/// come from the store alone, so every replica gives them, and none of them changes anything.
package struct Explanations: Sendable {
  private let store: any SituationStore
  private let deployments: Deployments
  private let clock: any WallClock
  private let lostAfter: Duration
  private let policy: PlacementPolicy

  /// - Parameters:
  ///   - lostAfter: as the scheduler's.
  ///   - policy: as the scheduler's.
  package init(
    store: any SituationStore, deployments: Deployments, clock: any WallClock,
    lostAfter: Duration, policy: PlacementPolicy
  ) {
    self.store = store
    self.deployments = deployments
    self.clock = clock
    self.lostAfter = lostAfter
    self.policy = policy
  }

  /// Why a deployment waits, or why it is where it is.
  package func explain(
    _ grant: AccessGrant, id: String
  ) async throws(DomainError) -> SchedulingExplanation {
    let known = try await deployments.get(grant, id: id)
    guard known.state == .queued else { return try await history(of: known) }
    let situation = try await store.situation(of: known)
    guard let current = situation.deployment else {
      throw .notFound(kind: "deployment", name: known.id.description)
    }
    // It was placed or ended in between.
    guard current.state == .queued else { return try await history(of: current) }
    return try await explanation(of: current, in: situation)
  }

  /// Whether a deployment would fit now, and where; what stands in its way if not. Refused exactly
  /// as its creation would be; an idempotency key is checked and not looked for.
  package func simulate(
    _ grant: AccessGrant, _ draft: DeploymentDraft
  ) async throws(DomainError) -> SchedulingExplanation {
    let (deployment, _) = try await deployments.prepare(grant, draft)
    let situation = try await store.situation(of: deployment)
    guard situation.hasOrganization else {
      throw .notFound(kind: "organization", name: deployment.organization.description)
    }
    try await deployments.refuseMisfit(deployment)
    return try await explanation(of: deployment, in: situation)
  }

  private func history(
    of deployment: Deployment
  ) async throws(DomainError) -> SchedulingExplanation {
    SchedulingExplanation(
      deployment,
      history: try await store.latestEvents(
        of: deployment.id, limit: SchedulingLimits.explainedEvents))
  }

  private func explanation(
    of deployment: Deployment, in situation: QueueSituation
  ) async throws(DomainError) -> SchedulingExplanation {
    guard let demand = Demand(deployment.request) else {
      throw .internal("deployment \(deployment.id) asks for more than one GPU, but not whole ones")
    }
    let now = clock.now()
    let lostBefore = now - lostAfter
    let fits = situation.fits(of: deployment, demand: demand, lostBefore: lostBefore)
    var preemption: PreemptionOutlook?
    var holders: [ClusterHolder] = []
    var placement: Placement?
    if fits.first?.verdict == .fits {
      placement = situation.preview(of: deployment, lostBefore: lostBefore, policy: policy)
    } else if let nearest = FitAdvice.nearest(of: fits) {
      holders = try await store.holders(
        on: nearest.cluster, seenBy: deployment.organization,
        limit: SchedulingLimits.explainedHolders)
      preemption = try await self.preemption(for: deployment, fits, situation, now: now)
    }
    var explanation = SchedulingExplanation(
      waiting: deployment, demand: demand, fits: fits, situation: situation, holders: holders,
      placement: placement, now: now)
    explanation.preemption = preemption
    return explanation
  }

  /// Of one that fits nowhere; nil: it may not preempt.
  private func preemption(
    for deployment: Deployment, _ fits: [ClusterFit], _ situation: QueueSituation, now: Instant
  ) async throws(DomainError) -> PreemptionOutlook? {
    let clusters = situation.clustersToFree(for: deployment, fits)
    guard !clusters.isEmpty else {
      return deployment.terms.preempts ? PreemptionOutlook.nobody : nil
    }
    let preemptible = try await store.preemptible(
      by: deployment, on: clusters.map(\.id), limit: SchedulingLimits.victims)
    return situation.preemption(
      for: deployment, among: preemptible, on: clusters, lostBefore: now - lostAfter, now: now)
  }
}
