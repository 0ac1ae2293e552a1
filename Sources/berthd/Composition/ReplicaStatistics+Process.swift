import Domain
import PostgresStore
import RedisLease
import Telemetry

extension ReplicaStatistics {
  /// What the parts of this process tell.
  init(_ services: Services, _ stores: Stores, startedAt: Instant) async {
    self.init(
      startedAt: startedAt, shards: services.schedulers.statuses,
      scheduler: services.schedulers.metrics, agents: services.sessions.statistics,
      postgres: await stores.postgres.statistics(), redis: await stores.redis.statistics(),
      process: ProcessUse.now().map { use in
        ProcessStatistics(
          cpuTime: use.cpuTime, residentBytes: use.residentBytes, openFiles: use.openFiles,
          maxFiles: use.maxFiles)
      })
  }
}
