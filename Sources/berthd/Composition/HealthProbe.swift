import Domain
import PostgresStore
import RPCServer
import RedisLease

/// Looks at the server's parts again and again.
struct HealthProbe {
  private static let interval = Duration.seconds(1)

  let stores: Stores
  let scheduler: Scheduler
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
    let leads = scheduler.status.isLeading
    monitor.update([
      database, redis,
      HealthMonitor.Component(
        name: "scheduler", isServing: true, isRequired: false,
        detail: leads ? "leads" : "stands by"),
    ])
  }
}
