@testable import Domain

/// A world with replicas on a manual executor and manual time: nothing happens but by `settle` and
/// `pass`, and always in the same order.
final class SchedulingStage {
  let executor = ManualExecutor()
  let time = ManualTime()
  let world: SchedulingWorld
  let leases: MemoryLeases
  let broadcast = RecordingBroadcast()
  let log = RecordingLog()
  var fixtures = Fixtures()
  private var tasks: [Task<Void, Never>] = []
  private var seed: UInt64 = 0

  init() {
    world = SchedulingWorld(time: time)
    leases = MemoryLeases(time: time)
  }

  deinit {
    for task in tasks { task.cancel() }
    executor.drain()
  }

  func environment(jitter: Double = 0.5) -> DomainEnvironment {
    seed += 1
    return DomainEnvironment(
      clock: time, monotonic: time, sleeper: time, jitter: FixedJitter(value: jitter),
      random: SeededRandom(seed: seed), log: log)
  }

  @discardableResult
  func spawn(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
    let task = executor.spawn(body)
    tasks.append(task)
    return task
  }

  /// Runs what can run without time passing.
  func settle() { executor.drain() }

  /// Lets time pass, and everything happen at its moment.
  func pass(_ duration: Duration) {
    let end = time.elapsed + duration
    executor.drain()
    while time.passToNextWake(notAfter: end) { executor.drain() }
    executor.drain()
  }

  /// Lets time pass until the condition holds; how long that took, nil if it never did.
  func passUntil(
    within limit: Duration = .seconds(60), _ condition: () -> Bool
  ) -> Duration? {
    let begin = time.elapsed
    executor.drain()
    while !condition() {
      if !time.passToNextWake(notAfter: begin + limit) { return nil }
      executor.drain()
    }
    return time.elapsed - begin
  }

  /// The result of an asynchronous call.
  func call<Value: Sendable>(
    _ body: @escaping @Sendable () async -> Value
  ) async -> Value {
    let task = Task(executorPreference: executor) { await body() }
    executor.drain()
    return await task.value
  }

  func makeFeed(_ configuration: ChangeFeedConfiguration = ChangeFeedConfiguration()) -> ChangeFeed
  {
    let feed = ChangeFeed(
      store: world, broadcast: broadcast, environment: environment(), configuration: configuration)
    spawn { await feed.run() }
    return feed
  }

  /// A replica that campaigns from now on.
  func startScheduler(
    _ replica: UInt128, _ configure: (inout SchedulerConfiguration) -> Void = { _ in }
  ) -> Scheduler {
    var configuration = SchedulerConfiguration()
    configure(&configuration)
    let scheduler = Scheduler(
      replica: ReplicaID(replica), store: world, leases: leases, feed: makeFeed(),
      broadcast: broadcast, environment: environment(), configuration: configuration)
    spawn { await scheduler.run() }
    settle()
    return scheduler
  }

  /// A replica with a scheduler a shard.
  func startReplica(
    _ replica: UInt128, _ configure: (inout SchedulerConfiguration) -> Void = { _ in }
  ) -> Schedulers {
    var configuration = SchedulerConfiguration()
    configure(&configuration)
    let schedulers = Schedulers(
      replica: ReplicaID(replica), store: world, leases: leases, feed: makeFeed(),
      broadcast: broadcast, environment: environment(), configuration: configuration)
    spawn { await schedulers.run() }
    settle()
    return schedulers
  }
}
