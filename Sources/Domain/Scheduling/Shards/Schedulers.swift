import Synchronization

/// The schedulers of one replica, one a shard: as many as PostgreSQL says, begun anew when it says
/// another number. Each campaigns for its own shard; together they lead no more than this replica's
/// part (`ShardBalance`), which follows from who else was heard.
package final class Schedulers: Sendable {
  private let replica: ReplicaID
  private let store: any SchedulerStore
  private let environment: DomainEnvironment
  private let configuration: SchedulerConfiguration
  private let make: @Sendable (Shard, ShardSeats) -> Scheduler
  private struct State {
    var schedulers: [Scheduler] = []
    /// What schedulers have done that are not any more.
    var past = SchedulerMetrics()
  }

  private let state = Mutex(State())
  private let stopping = Atomic(false)
  private let stopSignal = WakeUp()

  package init(
    replica: ReplicaID, store: any SchedulerStore, leases: any LeaseStore, feed: ChangeFeed,
    broadcast: any Broadcast, environment: DomainEnvironment,
    configuration: SchedulerConfiguration = SchedulerConfiguration(),
    renewalExecutor: (any TaskExecutor)? = nil
  ) {
    self.replica = replica
    self.store = store
    self.environment = environment
    self.configuration = configuration
    make = { shard, seats in
      Scheduler(
        shard: shard, seats: seats, replica: replica, store: store, leases: leases, feed: feed,
        broadcast: broadcast, environment: environment, configuration: configuration,
        renewalExecutor: renewalExecutor)
    }
  }

  /// By shard; empty until PostgreSQL said how many there are.
  package var statuses: [SchedulerStatus] { state.withLock { $0.schedulers }.map(\.status) }

  /// What this replica has done, of all shards, also those that are not any more.
  package var metrics: SchedulerMetrics {
    let (schedulers, past) = state.withLock { ($0.schedulers, $0.past) }
    return schedulers.reduce(into: past) { $0.add($1.status.metrics) }
  }

  package var isLeading: Bool { statuses.contains(where: \.isLeading) }

  /// Looks at everything that is due now, in the shards that this replica leads.
  package func trigger() {
    for scheduler in state.withLock({ $0.schedulers }) { scheduler.trigger() }
  }

  /// Ends `run` after what is being placed; locks and terms are given back.
  package func stop() {
    stopping.store(true, ordering: .sequentiallyConsistent)
    stopSignal.raise()
    for scheduler in state.withLock({ $0.schedulers }) { scheduler.stop() }
  }

  private var isStopping: Bool { stopping.load(ordering: .sequentiallyConsistent) }

  /// Campaigns and leads until `stop` or until its task is cancelled. Errors are logged and
  /// retried.
  package func run() async {
    await withTaskCancellationHandler {
      while !isStopping {
        guard let roster = await checkIn() else {
          await wait()
          continue
        }
        await run(roster)
      }
      await checkOut()
    } onCancel: {
      stop()
    }
  }

  /// Until the number of shards is another one, or until `stop`.
  private func run(_ roster: SchedulerRoster) async {
    let seats = ShardSeats()
    _ = seats.follow(ShardBalance(roster))
    let schedulers = (0..<roster.shards).map { make(Shard($0, of: roster.shards), seats) }
    begin(schedulers)
    await withTaskGroup(of: Void.self) { group in
      for scheduler in schedulers { group.addTask { await scheduler.run() } }
      while !isStopping {
        await wait()
        if isStopping { break }
        guard let news = await checkIn() else { continue }
        guard news.shards == roster.shards else {
          environment.log.write(
            .notice, "the number of shards changed",
            ["before": "\(roster.shards)", "now": "\(news.shards)"])
          break
        }
        follow(ShardBalance(news), seats, schedulers)
      }
      for scheduler in schedulers { scheduler.stop() }
    }
  }

  /// In place of those before, which have ended: what they have done is kept, but not what they
  /// last saw.
  private func begin(_ schedulers: [Scheduler]) {
    let former = state.withLock { $0.schedulers }.map(\.status.metrics)
    state.withLock { state in
      for var metrics in former {
        (metrics.queued, metrics.holding) = (0, 0)
        state.past.add(metrics)
      }
      state.schedulers = schedulers
    }
  }

  private func follow(
    _ balance: ShardBalance, _ seats: ShardSeats, _ schedulers: [Scheduler]
  ) {
    if seats.follow(balance) {
      for scheduler in schedulers { scheduler.campaignNow() }
    }
    let led = schedulers.indices.filter { schedulers[$0].status.isLeading }
    for shard in balance.surplus(of: Set(led)) { schedulers[shard].standBack() }
  }

  private func wait() async {
    await stopSignal.wait(
      atMost: configuration.campaignInterval, sleeper: environment.sleeper)
  }

  /// Nil: nobody knows now; what was known goes on.
  private func checkIn() async -> SchedulerRoster? {
    do throws(DomainError) {
      return try await store.checkIn(replica: replica, livesFor: configuration.ttl)
    } catch {
      environment.log.write(
        .warning, "the scheduler cannot ask who else is there", ["error": "\(error)"])
      return nil
    }
  }

  /// So that the others take over at once.
  private func checkOut() async {
    guard Task.isCancelled else { return await checkOutNow() }
    // The stores would refuse a cancelled task: in one of its own, which is awaited.
    await Task { await self.checkOutNow() }.value
  }

  private func checkOutNow() async {
    do throws(DomainError) {
      try await store.checkOut(replica: replica)
    } catch {
      environment.log.write(
        .warning, "the scheduler cannot say that it ends", ["error": "\(error)"])
    }
  }
}
