import Synchronization

/// The scheduler of one shard in one replica: campaigns for leadership, and while it leads decides
/// and places.
/// The lock in Redis says who should lead, the epoch in PostgreSQL who may; docs/scheduling.md has
/// the contract. Runs best on a loop of its own: building the engine of a long queue takes its
/// thread for a while. The lease is renewed on `renewalExecutor`, so that scheduling work cannot
/// starve it.
package final class Scheduler: Sendable {
  let shard: Shard
  private let seats: ShardSeats
  let replica: ReplicaID
  let store: any SchedulerStore
  let leases: any LeaseStore
  let feed: ChangeFeed
  let broadcast: any Broadcast
  let environment: DomainEnvironment
  let configuration: SchedulerConfiguration
  private let renewalExecutor: (any TaskExecutor)?
  /// News for the leader at work.
  let wakeUp = WakeUp()
  private let stopSignal = WakeUp()
  private struct State {
    var status = SchedulerStatus()
    /// While it leads.
    var term: SchedulerTerm?
  }

  private let state = Mutex(State())
  private let stopping = Atomic(false)
  /// The term is to end, because another replica should lead.
  private let standingBack = Atomic(false)

  init(
    shard: Shard = .whole, seats: ShardSeats = ShardSeats(), replica: ReplicaID,
    store: any SchedulerStore, leases: any LeaseStore, feed: ChangeFeed,
    broadcast: any Broadcast, environment: DomainEnvironment,
    configuration: SchedulerConfiguration = SchedulerConfiguration(),
    renewalExecutor: (any TaskExecutor)? = nil
  ) {
    self.shard = shard
    self.seats = seats
    self.replica = replica
    self.store = store
    self.leases = leases
    self.feed = feed
    self.broadcast = broadcast
    self.environment = environment
    var configuration = configuration
    configuration.engine.shard = shard
    if !shard.isWhole { configuration.lockKey += ":\(shard.index)" }
    self.configuration = configuration
    self.renewalExecutor = renewalExecutor
  }

  package var status: SchedulerStatus {
    state.withLock { state in
      var status = state.status
      status.holdsLock = state.term?.current.holdsLock ?? false
      return status
    }
  }

  /// Looks at everything that is due now, if this replica leads.
  package func trigger() {
    feed.kick()
    wakeUp.raise()
  }

  /// Ends `run` after what is being placed; lock and term are given back.
  package func stop() {
    stopping.store(true, ordering: .sequentiallyConsistent)
    wakeUp.raise()
    stopSignal.raise()
  }

  /// Does not wait for the next campaign: who leads what has changed.
  func campaignNow() { stopSignal.raise() }

  /// Ends the term, if there is one, as `stop` does; then campaigns again.
  func standBack() {
    state.withLock { state in
      if state.status.isLeading { standingBack.store(true, ordering: .sequentiallyConsistent) }
    }
    wakeUp.raise()
    stopSignal.raise()
  }

  /// Campaigns and leads until `stop` or until its task is cancelled. Gives lock and term back
  /// before it returns. Errors are logged, counted and retried.
  package func run() async {
    await withTaskCancellationHandler {
      while !isStopping {
        if seats.take(shard.index) {
          if let term = await campaign() { await lead(term) }
          seats.giveBack(shard.index)
          if isStopping { return }
        }
        let interval = configuration.campaignInterval
        let spread = Double(interval.microseconds) * 0.25 * environment.jitter.fraction()
        // Not shortened by news, so that a leader that lost its term does not fight for it.
        await stopSignal.wait(
          atMost: interval + .microseconds(Int64(spread)), sleeper: environment.sleeper)
      }
    } onCancel: {
      stop()
    }
  }

  private var isStopping: Bool { stopping.load(ordering: .sequentiallyConsistent) }

  /// Whether the term is to end.
  var isLeaving: Bool { isStopping || standingBack.load(ordering: .sequentiallyConsistent) }

  func count(_ change: (inout SchedulerMetrics) -> Void) {
    state.withLock { change(&$0.status.metrics) }
  }

  func failed(_ what: String, _ error: some Error) {
    count { $0.errors += 1 }
    var level = DiagnosticLevel.warning
    // A part that is away comes back by itself; a defect has to be looked at.
    if let error = error as? DomainError, case .internal = error { level = .error }
    environment.log.write(level, "the scheduler \(what)", ["error": "\(error)"])
  }

  // MARK: - Campaign

  private func campaign() async -> SchedulerTerm? {
    let token = Nonce(environment.random.next())
    let asked = environment.monotonic.now()
    do throws(LeaseError) {
      guard
        try await leases.acquire(configuration.lockKey, token: token, ttl: configuration.ttl)
      else { return nil }
    } catch {
      failed("cannot reach the lock; leading without it", error)
      return await takeOver(token)
    }
    let termAsked = environment.monotonic.now()
    do throws(DomainError) {
      let epoch = try await store.beginTerm(shard, replica: replica, lease: configuration.ttl)
      if let epoch { return term(epoch, token, termAsked: termAsked, lockAsked: asked) }
      await giveBack(token: token, epoch: nil)
      return nil
    } catch {
      failed("holds the lock but cannot begin a term", error)
      await giveBack(token: token, epoch: nil)
      return nil
    }
  }

  /// Redis is away: PostgreSQL alone says who leads, once the last term has run out.
  private func takeOver(_ token: Nonce) async -> SchedulerTerm? {
    let asked = environment.monotonic.now()
    do throws(DomainError) {
      guard
        let epoch = try await store.takeOverExpired(
          shard, replica: replica, lease: configuration.ttl)
      else { return nil }
      return term(epoch, token, termAsked: asked, lockAsked: nil)
    } catch {
      failed("cannot ask who leads", error)
      return nil
    }
  }

  private func term(
    _ epoch: Epoch, _ token: Nonce, termAsked: ContinuousClock.Instant,
    lockAsked: ContinuousClock.Instant?
  ) -> SchedulerTerm {
    SchedulerTerm(
      epoch: epoch, token: token,
      tenure: Tenure(
        ttl: configuration.ttl, margin: configuration.margin, termAsked: termAsked,
        lockAsked: lockAsked))
  }

  // MARK: - Lead

  private func lead(_ term: SchedulerTerm) async {
    state.withLock { state in
      standingBack.store(false, ordering: .sequentiallyConsistent)
      state.term = term
      state.status.isLeading = true
      state.status.epoch = term.epoch
      state.status.metrics.termsBegun += 1
    }
    environment.log.write(
      .notice, "leading",
      [
        "epoch": "\(term.epoch.value)", "shard": "\(shard)", "lock": "\(term.current.holdsLock)",
      ])
    await withTaskGroup(of: Void.self) { group in
      group.addTask(executorPreference: renewalExecutor) { await self.keepLock(term) }
      group.addTask(executorPreference: renewalExecutor) { await self.keepTerm(term) }
      group.addTask { await self.work(term) }
      group.addTask { await self.releaseWhenStopped(term) }
      await group.next()
      group.cancelAll()
    }
    term.update { $0.expire(now: environment.monotonic.now()) }
    let end = term.current
    state.withLock { state in
      state.term = nil
      state.status.isLeading = false
      state.status.epoch = nil
      switch end.loss {
      case .fenced: state.status.metrics.termsFenced += 1
      case .lockLost, .expired: state.status.metrics.leasesLost += 1
      case nil: break
      }
    }
    environment.log.write(
      .notice, "no longer leading",
      [
        "epoch": "\(term.epoch.value)", "shard": "\(shard)",
        "why": end.loss.map { "\($0)" } ?? (isStopping ? "stopped" : "another replica's turn"),
      ])
    await giveBack(token: term.token, epoch: end.loss == .fenced ? nil : term.epoch)
  }

  /// Told to stop, it gives the lock back before what is being placed has ended: that may hang with
  /// the database, and a next leader's fence waits for it or refuses it.
  private func releaseWhenStopped(_ term: SchedulerTerm) async {
    repeat { await stopSignal.wait() } while !isLeaving && !Task.isCancelled
    if isLeaving { await giveBack(token: term.token, epoch: nil) }
  }

  /// Lock and term go back at once, so that nobody waits for them to run out.
  private func giveBack(token: Nonce, epoch: Epoch?) async {
    guard Task.isCancelled else { return await giveBackNow(token: token, epoch: epoch) }
    // The stores would refuse a cancelled task: in one of its own, which is awaited.
    await Task { await self.giveBackNow(token: token, epoch: epoch) }.value
  }

  private func giveBackNow(token: Nonce, epoch: Epoch?) async {
    do throws(DomainError) {
      if let epoch { try await store.endTerm(epoch) }
    } catch {
      failed("cannot end its term; it runs out", error)
    }
    do throws(LeaseError) {
      _ = try await leases.release(configuration.lockKey, token: token)
    } catch {
      failed("cannot release the lock; it runs out", error)
    }
  }

  private func keepTerm(_ term: SchedulerTerm) async {
    while await isRenewalDue(term) {
      let asked = environment.monotonic.now()
      do throws(DomainError) {
        let holds = try await store.renewTerm(term.epoch, lease: configuration.ttl)
        term.update { $0.termRenewed(holds, asked: asked, now: environment.monotonic.now()) }
      } catch {
        failed("cannot renew its term", error)
      }
    }
  }

  private func keepLock(_ term: SchedulerTerm) async {
    while await isRenewalDue(term) {
      do throws(LeaseError) {
        try await renewLock(term)
      } catch {
        failed("cannot reach the lock; leading by its term alone", error)
        term.update { $0.lockUnknown(now: environment.monotonic.now()) }
      }
    }
  }

  private func renewLock(_ term: SchedulerTerm) async throws(LeaseError) {
    let key = configuration.lockKey
    var asked = environment.monotonic.now()
    let holds = try await leases.renew(key, token: term.token, ttl: configuration.ttl)
    // It was given back meanwhile.
    if isLeaving { return }
    if term.current.holdsLock {
      term.update { $0.lockRenewed(holds, asked: asked, now: environment.monotonic.now()) }
      return
    }
    // Redis is back. It may know the lock still, or have forgotten it.
    var taken = holds
    if !taken {
      asked = environment.monotonic.now()
      taken = try await leases.acquire(key, token: term.token, ttl: configuration.ttl)
    }
    term.update { $0.lockTaken(taken, asked: asked) }
  }

  /// Waits for the next renewal; false when there is nothing left to renew.
  private func isRenewalDue(_ term: SchedulerTerm) async -> Bool {
    guard term.current.loss == nil else { return false }
    do {
      try await environment.sleeper.sleep(for: configuration.renewalInterval)
    } catch {
      return false
    }
    term.update { $0.expire(now: environment.monotonic.now()) }
    return term.current.loss == nil
  }
}
