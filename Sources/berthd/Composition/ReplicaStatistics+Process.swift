import Domain
import EventLoop
import PostgresStore
import RedisLease
import Telemetry

extension ReplicaStatistics {
  /// What the parts of this process tell.
  init(_ services: Services, _ stores: Stores, _ looks: BlockingPool, startedAt: Instant) async {
    let use = try? await looks.run { ProcessUse.now() }
    self.init(
      startedAt: startedAt, shards: services.schedulers.statuses,
      scheduler: services.schedulers.metrics, agents: services.sessions.statistics,
      postgres: await stores.postgres.statistics(), redis: await stores.redis.statistics(),
      process: use.map { use in
        ProcessStatistics(
          cpuTime: use.cpuTime, residentBytes: use.residentBytes, openFiles: use.openFiles,
          maxFiles: use.maxFiles)
      })
  }
}
