internal import Domain
internal import PostgresStore
internal import TestSupport
internal import Testing

/// What becomes of an attempt that ended, as docs/scheduling.md has it.
@Suite(.timeLimit(.minutes(5))) struct RetryReasonStoreTests {
  private static let later = Make.now + .seconds(60)

  @Test(arguments: RetryReason.judged(by: .transition), [true, false])
  func isTriedAgain(reason: RetryReason, hasAttemptLeft: Bool) async throws {
    let documented = try reason.isDocumentedAsRetried()
    try await StoreFixture.with { fixture in
      let store = fixture.store
      let cluster = try await store.makeCluster()
      let epoch = try await store.beginTerm()
      var deployment = Make.deployment(
        cluster.organization, maxAttempts: hasAttemptLeft ? 2 : 1)
      deployment.terms.timeToLive = reason == .queueTimeout ? .seconds(1) : nil
      deployment.terms.startBy = reason == .startDeadline ? Make.now + .seconds(1) : nil
      deployment = try await store.queue(deployment, idempotency: nil)
      if reason != .queueTimeout {
        _ = try await store.scheduler.place(
          [Make.placement(deployment, on: cluster.id)], epoch: epoch, now: Make.now)
      }
      try await Self.end(deployment, reason, on: cluster, epoch: epoch, store)
      let ended = try #require(try await store.deployments.deployment(deployment.id, in: .all))
      switch (documented, hasAttemptLeft, reason) {
      case (true, true, _): #expect(ended.state == .queued)
      // It is left alone.
      case (true, false, .preempted): #expect(ended.state == .scheduled)
      default: #expect(ended.state == .failed)
      }
      #expect(try await fixture.brokenInvariants() == [])
    }
  }

  private static func end(
    _ deployment: Deployment, _ reason: RetryReason, on cluster: Cluster, epoch: Epoch,
    _ store: PostgresStore
  ) async throws {
    let (attempt, scheduler) = (reason == .queueTimeout ? 0 : 1, store.scheduler)
    switch reason {
    case .agentLost:
      try await store.agents.attach(
        cluster: cluster.id, session: 1,
        location: AgentLocation(replica: Make.id(), address: "h:1"), version: "1",
        engine: "simulated", now: Make.now)
      _ = try await scheduler.requeueLost(
        heardBefore: later, retryAfter: { _ in .zero }, epoch: epoch, now: later)
    case .preempted:
      var urgent = Make.deployment(cluster.organization, priority: 9)
      urgent.terms.preempts = true
      let preemptor = try await store.queue(urgent, idempotency: nil)
      _ = try await scheduler.preempt(
        [
          Preemption(
            deployment: preemptor.id, attempt: 1, cluster: cluster.id,
            victims: [Preemption.Victim(deployment: deployment.id, attempt: attempt)])
        ], retryAfter: { _ in .zero }, epoch: epoch, now: later)
    case .queueTimeout, .startDeadline:
      let isQueued = reason == .queueTimeout
      _ = try await scheduler.expire(
        [
          Expiration(
            deployment: deployment.id, attempt: attempt, cluster: isQueued ? nil : cluster.id,
            cause: isQueued ? .queueTimeout : .startDeadline)
        ], epoch: epoch, now: later)
    default: Issue.record("\(reason) is judged elsewhere")
    }
  }
}
