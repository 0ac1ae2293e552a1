/// Commits what the engine decided about deployments that it does not place: those whose time is
/// up, and those that make room.
extension Scheduler {
  /// False: the term is over. What was not tried because something before it failed is decided
  /// anew.
  func commit(
    _ decisions: SchedulingDecisions, _ desk: inout Desk, _ term: SchedulerTerm
  ) async throws(DomainError) -> Bool {
    let retryAt = environment.clock.now() + configuration.refusalDelay
    do throws(DomainError) {
      guard try await commit(decisions.expirations, &desk, term) else { return false }
    } catch {
      for expiration in decisions.expirations {
        desk.engine.apply(.expirationRefused(expiration, retryAt: retryAt))
      }
      refuse(decisions.placements, &desk, until: retryAt)
      takeBack(decisions.preemptions, &desk, until: retryAt)
      throw error
    }
    do throws(DomainError) {
      guard try await commit(decisions.placements, &desk, term) else { return false }
      return try await commit(decisions.preemptions, &desk, term)
    } catch {
      takeBack(decisions.preemptions, &desk, until: retryAt)
      throw error
    }
  }

  private func takeBack(
    _ preemptions: [Preemption], _ desk: inout Desk, until retryAt: Instant
  ) {
    for preemption in preemptions {
      desk.engine.apply(.preemptionSettled(preemption, moved: [], retryAt: retryAt))
    }
  }

  /// False: the term is over.
  private func commit(
    _ expirations: [Expiration], _ desk: inout Desk, _ term: SchedulerTerm
  ) async throws(DomainError) -> Bool {
    guard !expirations.isEmpty else { return true }
    guard isTrusted(term) else { return false }
    let now = environment.clock.now()
    let result = try await store.expire(expirations, epoch: term.epoch, now: now)
    guard let moved = take(result, &desk, term, decided: expirations.count) else { return false }
    let ended = Set(moved.map(\.id))
    for expiration in expirations where !ended.contains(expiration.deployment) {
      desk.engine.apply(
        .expirationRefused(expiration, retryAt: now + configuration.refusalDelay))
    }
    count { $0.expired += moved.count }
    return true
  }

  /// False: the term is over.
  private func commit(
    _ preemptions: [Preemption], _ desk: inout Desk, _ term: SchedulerTerm
  ) async throws(DomainError) -> Bool {
    guard !preemptions.isEmpty else { return true }
    guard isTrusted(term) else { return false }
    let now = environment.clock.now()
    let (retry, jitter) = (configuration.retry, environment.jitter)
    let result = try await store.preempt(
      preemptions, retryAfter: { retry.delay(failures: $0, fraction: jitter.fraction()) },
      epoch: term.epoch, now: now)
    let victims = preemptions.reduce(0) { $0 + $1.victims.count }
    guard let moved = take(result, &desk, term, decided: victims) else { return false }
    let back = Set(moved.map(\.id))
    for preemption in preemptions {
      desk.engine.apply(
        .preemptionSettled(
          preemption,
          moved: back.intersection(preemption.victims.map(\.deployment)),
          retryAt: now + configuration.engine.preemptionInterval))
    }
    let reclaimed = reclaimed(of: moved, by: preemptions)
    count { metrics in
      metrics.preempted += moved.count
      metrics.reclaimed += reclaimed
    }
    environment.log.write(.info, "preempted", ["victims": "\(moved.count)"])
    return true
  }

  /// How many of those that moved gave back what is guaranteed to others, with all of their gangs.
  private func reclaimed(of moved: [Deployment], by preemptions: [Preemption]) -> Int {
    let victims = Set(
      preemptions.flatMap(\.victims).filter(\.isReclaimed).map(\.deployment))
    guard !victims.isEmpty else { return 0 }
    let gangs = Set(moved.filter { victims.contains($0.id) }.compactMap { $0.gang?.id })
    return moved.count { one in
      victims.contains(one.id) || one.gang.map { gangs.contains($0.id) } ?? false
    }
  }

  /// Those that moved, of which the engine is told at once; nil: the term is over.
  private func take(
    _ result: MoveResult, _ desk: inout Desk, _ term: SchedulerTerm, decided: Int
  ) -> [Deployment]? {
    switch result {
    case .fenced:
      fenced(term, ["moves": "\(decided)"])
      return nil
    case .moved(let deployments):
      for deployment in deployments { desk.engine.apply(.deployment(deployment)) }
      // What moved meanwhile is in the feed already.
      feed.kick()
      if !deployments.isEmpty { broadcast.publish(.changed) }
      return deployments
    }
  }
}
