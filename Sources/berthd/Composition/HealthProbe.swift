import Domain
import PostgresStore
import RPCServer
import RedisLease

/// Looks at the server's parts again and again.
struct HealthProbe {
  private static let interval = Duration.seconds(1)

  let stores: Stores
  let schedulers: Schedulers
  let monitor: HealthMonitor
  let sleeper: any Sleeper

  /// Until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      await probe()
      do { try await sleeper.sleep(for: Self.interval) } catch { return }
    }
  }

  func probe() async {
    var database = HealthMonitor.Component(
      name: "postgresql", isServing: true, isRequired: true)
    do throws(DomainError) {
      try await stores.postgres.ping()
    } catch {
      database = HealthMonitor.Component(
        name: "postgresql", isServing: false, isRequired: true, detail: "not reachable")
    }
    let redis = HealthMonitor.Component(
      name: "redis", isServing: stores.redis.isConnected, isRequired: false,
      detail: stores.redis.isConnected ? "" : "away: everything works, slower")
    monitor.update([
      database, redis,
      HealthMonitor.Component(
        name: "scheduler", isServing: true, isRequired: false,
        detail: standing),
    ])
  }

  private var standing: String {
    let statuses = schedulers.statuses
    let led = statuses.count(where: \.isLeading)
    if led == 0 { return "stands by" }
    return statuses.count == 1 ? "leads" : "leads \(led) of \(statuses.count) shards"
  }
}
