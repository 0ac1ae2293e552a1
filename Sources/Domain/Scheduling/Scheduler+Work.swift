/// What a leader does: keeps the engine's books up to date from the feed, and commits its
/// decisions.
extension Scheduler {
  /// The state of one term's work, confined to its task.
  struct Desk {
    var engine = SchedulingEngine()
    var isLoaded = false
    /// Decisions refused in a row, by deployment.
    var refusals: [DeploymentID: Int] = [:]
    var backoff: Backoff
    var lostAgents: Set<ClusterID> = []
    /// Organizations that run on clusters of the shard beside those that are of it.
    var guests: Set<OrganizationID> = []
    /// Of these, whose deployments are not loaded yet.
    var newGuests: Set<OrganizationID> = []
    var nextLostCheck: ContinuousClock.Instant
    /// Until then agents had no chance to be heard: none is judged.
    var agentsGraceUntil: ContinuousClock.Instant
    /// Whether what the store says of reservations is another engine's.
    var areReservationsVoid = true
    var nextReservationWrite: ContinuousClock.Instant
  }

  /// Until the term is over, the scheduler is stopped or the task is cancelled.
  func work(_ term: SchedulerTerm) async {
    // Subscribed before the snapshot is read: what commits in between is told.
    let subscription = feed.subscribe(
      to: .everything, buffer: SchedulingLimits.bufferedChanges, wakes: wakeUp)
    defer { subscription.cancel() }
    let now = environment.monotonic.now()
    var desk = Desk(
      backoff: Backoff(configuration.storeRetry), nextLostCheck: now,
      agentsGraceUntil: now + configuration.lostAfter, nextReservationWrite: now)
    while !isLeaving, !Task.isCancelled, isTrusted(term) {
      do throws(DomainError) {
        if try await turn(&desk, subscription, term) { return }
        desk.backoff.reset()
      } catch {
        failed("cannot read or write; trying again", error)
        // Agents could not be heard either.
        desk.agentsGraceUntil = environment.monotonic.now() + configuration.lostAfter
        await pause(atMost: desk.backoff.next(environment.jitter))
      }
    }
  }

  /// One turn: news in, decisions out; waits if there was neither. True: the term is over.
  private func turn(
    _ desk: inout Desk, _ subscription: ChangeSubscription, _ term: SchedulerTerm
  ) async throws(DomainError) -> Bool {
    guard feed.isStarted else {
      // The feed raises it when it has its place. Nothing else is due before that, so nothing but
      // the end of the trust may shorten the wait, or this would turn without a pause.
      await wakeUp.wait(
        atMost: term.current.trustedUntil - environment.monotonic.now(),
        sleeper: environment.sleeper)
      return false
    }
    if !desk.isLoaded { try await load(&desk) }
    for delivery in subscription.take() { take(delivery, &desk) }
    if !desk.isLoaded { return false }
    if !desk.newGuests.isEmpty { try await loadNewGuests(&desk) }
    if environment.monotonic.now() >= desk.nextLostCheck,
      try await checkAgents(&desk, term) == false
    {
      return true
    }
    let decisions = decide(&desk)
    if !decisions.isEmpty, try await !commit(decisions, &desk, term) { return true }
    if try await !tellReservations(&desk, term) { return true }
    if !decisions.isEmpty { return false }
    if desk.engine.hasWork {
      await Task.yield()
      return false
    }
    await waitForNews(&desk, term)
    return false
  }

  func isTrusted(_ term: SchedulerTerm) -> Bool {
    let now = environment.monotonic.now()
    term.update { $0.expire(now: now) }
    return term.isTrusted(now: now)
  }

  private func load(_ desk: inout Desk) async throws(DomainError) {
    // The old books go first: two of a long queue need not fit.
    desk.engine = SchedulingEngine(configuration: configuration.engine)
    for quota in try await store.loadQuotas() { desk.engine.apply(.quota(quota)) }
    let clusters = try await store.loadClusters(of: shard)
    desk.guests = []
    for cluster in clusters { take(cluster, &desk) }
    desk.newGuests = []
    try await load(.shard(shard, guests: desk.guests.sorted()), &desk)
    desk.engine.apply(.agentsLost(desk.lostAgents))
    desk.isLoaded = true
    desk.areReservationsVoid = true
    desk.refusals = [:]
    count { $0.snapshotsLoaded += 1 }
    environment.log.write(
      .info, "loaded the queue",
      [
        "shard": "\(shard)", "clusters": "\(clusters.count)",
        "queued": "\(desk.engine.queuedCount)", "holding": "\(desk.engine.holdingCount)",
      ])
  }

  private func load(_ part: QueuePart, _ desk: inout Desk) async throws(DomainError) {
    var last: Deployment?
    repeat {
      let page = try await store.loadDeployments(
        of: part, after: last, limit: SchedulingLimits.deploymentsPerPage)
      for deployment in page { desk.engine.apply(.deployment(deployment)) }
      last = page.count < SchedulingLimits.deploymentsPerPage ? nil : page.last
    } while last != nil
  }

  /// Their news were passed over until now; what changed before this is in what is loaded.
  private func loadNewGuests(_ desk: inout Desk) async throws(DomainError) {
    try await load(.organizations(desk.newGuests.sorted()), &desk)
    desk.newGuests = []
  }

  private func take(_ cluster: Cluster, _ desk: inout Desk) {
    desk.engine.apply(.cluster(cluster))
    for quota in cluster.quotas
    where quota.isAccepted && !shard.contains(quota.organization) {
      // One that may not run here any more stays: what it holds does, too.
      if desk.guests.insert(quota.organization).inserted {
        desk.newGuests.insert(quota.organization)
      }
    }
  }

  /// Whether the organization has something to decide about here.
  private func concerns(_ organization: OrganizationID, _ desk: Desk) -> Bool {
    shard.contains(organization) || desk.guests.contains(organization)
  }

  private func take(_ delivery: ChangeDelivery, _ desk: inout Desk) {
    switch delivery {
    case .resync: desk.isLoaded = false
    case .quotas(let quotas):
      for quota in quotas { desk.engine.apply(.quota(quota)) }
    case .changes(let changes, let clusters):
      for cluster in clusters where shard.contains(cluster.organization) {
        take(cluster, &desk)
        // Perhaps its agent came back.
        if desk.lostAgents.contains(cluster.id) { desk.nextLostCheck = environment.monotonic.now() }
      }
      for change in changes where concerns(change.deployment.organization, desk) {
        desk.engine.apply(.deployment(change.deployment))
        if change.deployment.state != .queued { desk.refusals[change.deployment.id] = nil }
      }
    }
  }

  private func decide(_ desk: inout Desk) -> SchedulingDecisions {
    let begin = environment.monotonic.now()
    let decisions = desk.engine.decide(
      now: environment.clock.now(), limit: configuration.batchSize)
    let duration = environment.monotonic.now() - begin
    let (queued, holding) = (desk.engine.queuedCount, desk.engine.holdingCount)
    count { metrics in
      metrics.queued = queued
      metrics.holding = holding
      metrics.longestDecision = max(metrics.longestDecision, duration)
      metrics.decisions.add(duration)
    }
    return decisions
  }

  /// False: the term is over.
  func commit(
    _ placements: [Placement], _ desk: inout Desk, _ term: SchedulerTerm
  ) async throws(DomainError) -> Bool {
    guard !placements.isEmpty else { return true }
    guard isTrusted(term) else { return false }
    let now = environment.clock.now()
    count { $0.batches += 1 }
    let result: PlacementResult
    do throws(DomainError) {
      result = try await store.place(placements, epoch: term.epoch, now: now)
    } catch {
      // Committed or not: if it was, the feed will say so; if not, it is decided again.
      let retryAt = environment.clock.now() + configuration.refusalDelay
      refuse(placements, &desk, until: retryAt)
      throw error
    }
    switch result {
    case .fenced:
      fenced(term, ["placements": "\(placements.count)"])
      return false
    case .placed(let placed):
      settle(placements, placed, &desk)
      return true
    }
  }

  /// Another term has begun; what was decided is void.
  func fenced(_ term: SchedulerTerm, _ decided: [String: String]) {
    count { $0.staleCommits += 1 }
    environment.log.write(
      .notice, "the fence refused a stale commit",
      decided.merging(["epoch": "\(term.epoch.value)"]) { own, _ in own })
    term.update { $0.fenced() }
  }

  func refuse(_ placements: [Placement], _ desk: inout Desk, until retryAt: Instant) {
    for placement in placements { desk.engine.apply(.refused(placement, retryAt: retryAt)) }
  }

  private func settle(
    _ placements: [Placement], _ placed: Set<DeploymentID>, _ desk: inout Desk
  ) {
    var refused = 0
    var waits = DurationHistogram()
    let now = environment.clock.now()
    for placement in placements {
      if placed.contains(placement.deployment) {
        if let since = desk.engine.waitingSince(placement.deployment) { waits.add(now - since) }
        desk.engine.apply(.confirmed(placement))
        desk.refusals[placement.deployment] = nil
        continue
      }
      refused += 1
      let streak = desk.refusals[placement.deployment, default: 0] + 1
      desk.refusals[placement.deployment] = streak
      let delay = RetryPolicy(first: configuration.refusalDelay, limit: .seconds(5))
        .ceiling(failures: streak)
      desk.engine.apply(.refused(placement, retryAt: now + delay))
      if streak >= SchedulingLimits.refusalsBeforeReload { desk.isLoaded = false }
    }
    count { metrics in
      metrics.placed += placements.count - refused
      metrics.refused += refused
      metrics.waits.add(waits)
    }
    if refused > 0 {
      environment.log.write(.info, "placements were out of date", ["count": "\(refused)"])
    }
    // What refused them is in the feed already.
    feed.kick()
    if refused < placements.count { broadcast.publish(.changed) }
  }

  // MARK: - Reservations

  /// So that every replica can explain them. False: the term is over.
  private func tellReservations(
    _ desk: inout Desk, _ term: SchedulerTerm
  ) async throws(DomainError) -> Bool {
    let now = environment.monotonic.now()
    guard hasReservationNews(desk), now >= desk.nextReservationWrite else { return true }
    guard isTrusted(term) else { return false }
    desk.nextReservationWrite = now + configuration.reservationInterval
    var changes = desk.engine.takeReservationChanges(
      limit: SchedulingLimits.reservationChanges)
    changes.isReset = desk.areReservationsVoid
    do throws(DomainError) {
      guard try await store.writeReservations(changes, epoch: term.epoch) else {
        term.update { $0.fenced() }
        return false
      }
      desk.areReservationsVoid = false
      return true
    } catch {
      // Written or not: all of it again.
      desk.engine.forgetToldReservations()
      desk.areReservationsVoid = true
      throw error
    }
  }

  private func hasReservationNews(_ desk: Desk) -> Bool {
    desk.areReservationsVoid || desk.engine.hasReservationChanges
  }

  // MARK: - Agents

  /// False: the term is over.
  private func checkAgents(
    _ desk: inout Desk, _ term: SchedulerTerm
  ) async throws(DomainError) -> Bool {
    let now = environment.clock.now()
    let deadline = now - configuration.lostAfter
    let lost = try await store.lostClusters(of: shard, heardBefore: deadline)
    if lost != desk.lostAgents {
      environment.log.write(.notice, "clusters without agent", ["count": "\(lost.count)"])
      desk.lostAgents = lost
      desk.engine.apply(.agentsLost(lost))
    }
    desk.nextLostCheck = environment.monotonic.now() + configuration.lostCheckInterval
    guard environment.monotonic.now() >= desk.agentsGraceUntil else { return true }
    let (retry, jitter) = (configuration.retry, environment.jitter)
    let result = try await store.requeueLost(
      heardBefore: deadline,
      retryAfter: { retry.delay(failures: $0, fraction: jitter.fraction()) },
      epoch: term.epoch, now: now)
    switch result {
    case .fenced:
      term.update { $0.fenced() }
      return false
    case .requeued(0, failed: _): return true
    case .requeued(let number, let failed):
      count { metrics in
        metrics.requeuedLost += number
        metrics.failedLost += failed
      }
      environment.log.write(.warning, "deployments lost with their agent", ["count": "\(number)"])
      feed.kick()
      broadcast.publish(.changed)
      return true
    }
  }

  // MARK: - Waiting

  private func waitForNews(_ desk: inout Desk, _ term: SchedulerTerm) async {
    let now = environment.monotonic.now()
    var limit = min(desk.nextLostCheck - now, term.current.trustedUntil - now)
    let wallNow = environment.clock.now()
    if let next = desk.engine.nextWake(now: wallNow) { limit = min(limit, next - wallNow) }
    if hasReservationNews(desk) { limit = min(limit, desk.nextReservationWrite - now) }
    await wakeUp.wait(atMost: limit, sleeper: environment.sleeper)
  }

  /// News do not shorten it: what failed must not be tried in a tight loop.
  private func pause(atMost delay: Duration) async {
    try? await environment.sleeper.sleep(for: delay)
  }
}
