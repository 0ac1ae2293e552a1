internal import Domain
internal import Messages

extension GetControlPlaneStatisticsResponse {
  init(
    _ replica: ReplicaStatistics, _ platform: PlatformWatch.Reading?,
    of operations: ServerOperations
  ) {
    self.init(
      replica: operations.replica.description, version: operations.version,
      schemaVersion: Int32(clamping: operations.schemaVersion),
      startedAt: Timestamp(replica.startedAt),
      scheduler: Scheduler(replica), agents: Agents(replica.agents),
      postgres: Postgres(replica.postgres), redis: Redis(replica.redis),
      process: replica.process.map(Process.init), platform: platform.map(Platform.init))
  }
}

extension GetControlPlaneStatisticsResponse.Scheduler {
  fileprivate init(_ replica: ReplicaStatistics) {
    let (metrics, agents) = (replica.scheduler, replica.agents)
    self.init(
      shards: replica.shards.enumerated().map { index, status in
        Shard(
          shard: Int32(clamping: index), leading: status.isLeading, holdsLock: status.holdsLock,
          epoch: status.epoch?.value ?? 0)
      },
      placements: UInt64(clamping: metrics.placed), batches: UInt64(clamping: metrics.batches),
      refusals: UInt64(clamping: metrics.refused),
      staleCommits: UInt64(clamping: metrics.staleCommits),
      preemptions: UInt64(clamping: metrics.preempted),
      reclaims: UInt64(clamping: metrics.reclaimed),
      expirations: UInt64(clamping: metrics.expired),
      retries: [
        NamedCount(
          name: "agent_lost", count: UInt64(clamping: metrics.requeuedLost - metrics.failedLost)),
        NamedCount(name: "container_failed", count: agents.retried),
        NamedCount(
          name: "preempted", count: UInt64(clamping: metrics.preempted - metrics.reclaimed)),
        NamedCount(name: "reclaimed", count: UInt64(clamping: metrics.reclaimed)),
      ],
      failures: [
        NamedCount(name: "agent_lost", count: UInt64(clamping: metrics.failedLost)),
        NamedCount(name: "container_failed", count: agents.failed - agents.retried),
        NamedCount(name: "expired", count: UInt64(clamping: metrics.expired)),
      ],
      termsBegun: UInt64(clamping: metrics.termsBegun),
      termsFenced: UInt64(clamping: metrics.termsFenced),
      leasesLost: UInt64(clamping: metrics.leasesLost), errors: UInt64(clamping: metrics.errors),
      snapshots: UInt64(clamping: metrics.snapshotsLoaded),
      wait: DurationStatistics(metrics.waits), decision: DurationStatistics(metrics.decisions))
  }
}

extension GetControlPlaneStatisticsResponse.Agents {
  fileprivate init(_ agents: AgentStatistics) {
    self.init(
      attached: Int64(agents.attached),
      reports: [
        NamedCount(name: "starting", count: agents.starting),
        NamedCount(name: "running", count: agents.running),
        NamedCount(name: "completed", count: agents.completed),
        NamedCount(name: "failed", count: agents.failed),
      ])
  }
}

extension GetControlPlaneStatisticsResponse.Postgres {
  fileprivate init(_ postgres: PostgresStatistics) {
    self.init(
      connections: Int64(postgres.connections),
      connectionsConfigured: Int64(postgres.configuredConnections),
      inFlight: Int64(postgres.inFlight), waiting: Int64(postgres.waiting),
      connectionsOpened: postgres.openedConnections,
      statements: postgres.statements.map(Messages.StoreCallStatistics.init))
  }
}

extension GetControlPlaneStatisticsResponse.Redis {
  fileprivate init(_ redis: RedisStatistics) {
    self.init(
      connected: redis.isConnected, connectionsOpened: redis.openedConnections,
      noticesDropped: redis.droppedNotices,
      commands: redis.commands.map(Messages.StoreCallStatistics.init))
  }
}

extension GetControlPlaneStatisticsResponse.Process {
  fileprivate init(_ process: ProcessStatistics) {
    self.init(
      cpuTime: ProtobufDuration(process.cpuTime), residentBytes: process.residentBytes,
      openFiles: process.openFiles, maxFiles: process.maxFiles)
  }
}

extension GetControlPlaneStatisticsResponse.Platform {
  fileprivate init(_ reading: PlatformWatch.Reading) {
    let platform = reading.statistics
    self.init(
      at: Timestamp(reading.at), took: ProtobufDuration(reading.took),
      queue: platform.queue.map { queue in
        Queue(
          priority: queue.priority.map(Int32.init(clamping:)),
          deployments: Int64(queue.deployments), paused: Int64(queue.paused),
          waitingSince: queue.waitingSince.map(Timestamp.init))
      },
      scheduled: Int64(platform.scheduled), starting: Int64(platform.starting),
      running: Int64(platform.running), clustersTotal: Int64(platform.clusterCount),
      clusters: platform.clusters.map { cluster in
        Cluster(
          id: cluster.id.description, name: cluster.name, organization: cluster.organization,
          capacity: Messages.Resources(cluster.capacity),
          allocated: Messages.Resources(cluster.allocated))
      },
      capacity: Messages.Resources(platform.capacity),
      allocated: Messages.Resources(platform.allocated),
      agentsAttached: Int64(platform.agents.attached), agentsLost: Int64(platform.agents.lost),
      agentsNone: Int64(platform.agents.none))
  }
}

extension Messages.StoreCallStatistics {
  fileprivate init(_ calls: Domain.StoreCallStatistics) {
    self.init(
      name: calls.name, latency: DurationStatistics(calls.latency),
      errors: calls.errors.sorted { $0.key < $1.key }.map {
        NamedCount(name: $0.key, count: $0.value)
      })
  }
}

extension DurationStatistics {
  fileprivate init(_ histogram: DurationHistogram) {
    self.init(
      count: histogram.count,
      time: ProtobufDuration(.nanoseconds(Int64(clamping: histogram.nanoseconds))),
      buckets: histogram.filled.map { bucket in
        LatencyBucket(upTo: bucket.upTo.map(ProtobufDuration.init), count: bucket.count)
      })
  }
}
