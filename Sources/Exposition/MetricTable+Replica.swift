import RPCClient

/// What one replica tells.
extension MetricTable {
  /// Why calls of PostgreSQL fail: told from the start, so that the first failure is an increase.
  /// Others that a newer replica tells of are added.
  private static let postgresReasons = [
    "closed", "configuration", "connection_lost", "no_connection", "other", "overloaded",
    "protocol", "race", "refused", "timeout", "unavailable",
  ]
  /// The same of Redis.
  private static let redisReasons = ["refused", "unavailable"]

  mutating func add(_ report: ReplicaReport) {
    set(.up, [report.replica], report.answer != nil)
    set(.replicaCollection, [report.replica], report.took)
    guard let answer = report.answer else { return }
    add(answer.controlPlane, report.replica)
    add(answer.server, report.replica)
    for method in answer.methods { add(method, report.replica) }
  }

  private mutating func add(
    _ statistics: GetControlPlaneStatisticsResponse, _ replica: String
  ) {
    set(
      .build, [replica, statistics.replica, statistics.version, "\(statistics.schemaVersion)"], true
    )
    if let start = statistics.startedAt { set(.startTime, [replica], start.inSeconds) }
    if let process = statistics.process {
      if let time = process.cpuTime { set(.processCPU, [replica], Duration(time)) }
      set(.processMemory, [replica], process.residentBytes)
      set(.processFiles, [replica], process.openFiles)
      set(.processFileLimit, [replica], process.maxFiles)
    }
    if let scheduler = statistics.scheduler { add(scheduler, replica) }
    if let agents = statistics.agents {
      set(.agentSessions, [replica], agents.attached)
      for report in agents.reports { set(.agentReports, [replica, report.name], report.count) }
    }
    if let postgres = statistics.postgres { add(postgres, replica) }
    if let redis = statistics.redis { add(redis, replica) }
  }

  // MARK: The scheduler

  private mutating func add(
    _ scheduler: GetControlPlaneStatisticsResponse.Scheduler, _ replica: String
  ) {
    for shard in scheduler.shards {
      let labels = [replica, "\(shard.shard)"]
      set(.leading, labels, shard.leading)
      set(.lockHeld, labels, shard.holdsLock)
      set(.epoch, labels, shard.epoch)
    }
    let counts: [(Metric, UInt64)] = [
      (.placements, scheduler.placements), (.batches, scheduler.batches),
      (.refusals, scheduler.refusals), (.staleCommits, scheduler.staleCommits),
      (.preemptions, scheduler.preemptions), (.reclaims, scheduler.reclaims),
      (.expirations, scheduler.expirations), (.termsBegun, scheduler.termsBegun),
      (.termsFenced, scheduler.termsFenced), (.leasesLost, scheduler.leasesLost),
      (.schedulerErrors, scheduler.errors), (.snapshots, scheduler.snapshots),
    ]
    for (metric, count) in counts { set(metric, [replica], count) }
    for retry in scheduler.retries { set(.retries, [replica, retry.name], retry.count) }
    for failure in scheduler.failures { set(.failures, [replica, failure.name], failure.count) }
    set(.wait, [replica], Histogram(scheduler.wait, in: ExpositionLimits.waitBuckets))
    set(.decision, [replica], Histogram(scheduler.decision, in: ExpositionLimits.callBuckets))
  }

  // MARK: Stores

  private mutating func add(
    _ postgres: GetControlPlaneStatisticsResponse.Postgres, _ replica: String
  ) {
    set(.postgresConnections, [replica], postgres.connections)
    set(.postgresConfigured, [replica], postgres.connectionsConfigured)
    set(.postgresOpened, [replica], postgres.connectionsOpened)
    set(.postgresInFlight, [replica], postgres.inFlight)
    set(.postgresWaiting, [replica], postgres.waiting)
    add(postgres.statements, .postgresDuration, .postgresErrors, Self.postgresReasons, replica)
  }

  private mutating func add(
    _ redis: GetControlPlaneStatisticsResponse.Redis, _ replica: String
  ) {
    set(.redisConnected, [replica], redis.connected)
    set(.redisOpened, [replica], redis.connectionsOpened)
    set(.redisDropped, [replica], redis.noticesDropped)
    add(redis.commands, .redisDuration, .redisErrors, Self.redisReasons, replica)
  }

  private mutating func add(
    _ calls: [StoreCallStatistics], _ duration: Metric, _ errors: Metric, _ reasons: [String],
    _ replica: String
  ) {
    var failed = Dictionary(uniqueKeysWithValues: reasons.map { ($0, UInt64(0)) })
    for call in calls {
      let histogram = Histogram(call.latency, in: ExpositionLimits.callBuckets)
      set(duration, [replica, call.name], histogram)
      for error in call.errors { failed[error.name, default: 0] &+= error.count }
    }
    for (reason, count) in failed.sorted(by: { $0.key < $1.key }) {
      set(errors, [replica, reason], count)
    }
  }

  // MARK: Calls

  private mutating func add(_ server: GetServerStatisticsResponse, _ replica: String) {
    set(.rpcConnections, [replica], server.connectionsOpen)
    set(.rpcAccepted, [replica], server.connectionsAccepted)
    set(.rpcRefused, [replica], server.connectionsRefused)
    guard let traffic = server.traffic else { return }
    set(.rpcStreams, [replica], traffic.streamsOpen)
    set(.rpcStreamsOpened, [replica], traffic.streamsOpened)
    set(.rpcStreamsFailed, [replica], traffic.streamsFailed)
    set(.rpcMessagesReceived, [replica], traffic.messagesReceived)
    set(.rpcMessagesSent, [replica], traffic.messagesSent)
    set(.rpcBytesReceived, [replica], traffic.bytesReceived)
    set(.rpcBytesSent, [replica], traffic.bytesSent)
  }

  private mutating func add(_ method: MethodStatistics, _ replica: String) {
    set(.rpcStarted, [replica, method.method], method.started)
    for end in method.ended { set(.rpcHandled, [replica, method.method, end.code], end.count) }
    set(
      .rpcDuration, [replica, method.method],
      Histogram(method.latency, sum: method.time, in: ExpositionLimits.callBuckets))
  }
}

extension Timestamp {
  /// Since 1970.
  var inSeconds: Double { Double(seconds) + Double(nanos) / 1e9 }
}
