/// What this process has done since it started, and how it reaches what it rests on.
package struct ReplicaStatistics: Sendable, Equatable {
  package var startedAt: Instant
  /// By shard, as this replica sees them.
  package var shards: [SchedulerStatus]
  /// Of all shards, also those that are not any more.
  package var scheduler: SchedulerMetrics
  package var agents: AgentStatistics
  package var postgres: PostgresStatistics
  package var redis: RedisStatistics
  /// Nil: the system does not say.
  package var process: ProcessStatistics?

  package init(
    startedAt: Instant, shards: [SchedulerStatus], scheduler: SchedulerMetrics,
    agents: AgentStatistics, postgres: PostgresStatistics, redis: RedisStatistics,
    process: ProcessStatistics?
  ) {
    self.startedAt = startedAt
    self.shards = shards
    self.scheduler = scheduler
    self.agents = agents
    self.postgres = postgres
    self.redis = redis
    self.process = process
  }
}
