package import Domain
package import Messages
package import RPCServer
package import Wire

/// What operators ask of the running process, given by its composition.
package struct ServerOperations: Sendable {
  package var version: String
  package var replica: ReplicaID
  /// Runs migrations that have not run; the schema's version and the names of those that ran now.
  package var migrate: @Sendable () async throws(DomainError) -> (version: Int, applied: [String])
  package var schemaVersion: Int
  package var isLeading: @Sendable () -> Bool
  package var wakeScheduler: @Sendable () -> Void
  package var statistics: @Sendable () async -> ReplicaStatistics

  package init(
    version: String, replica: ReplicaID, schemaVersion: Int,
    migrate: @escaping @Sendable () async throws(DomainError) -> (version: Int, applied: [String]),
    isLeading: @escaping @Sendable () -> Bool, wakeScheduler: @escaping @Sendable () -> Void,
    statistics: @escaping @Sendable () async -> ReplicaStatistics
  ) {
    self.version = version
    self.replica = replica
    self.schemaVersion = schemaVersion
    self.migrate = migrate
    self.isLeading = isLeading
    self.wakeScheduler = wakeScheduler
    self.statistics = statistics
  }
}

/// `berth.v1.AdminService`.
package struct AdminHandlers: AdminServiceHandler {
  private let operations: ServerOperations
  private let scheduler: any SchedulerStore
  private let platform: PlatformWatch

  package init(
    _ operations: ServerOperations, scheduler: any SchedulerStore, platform: PlatformWatch
  ) {
    self.operations = operations
    self.scheduler = scheduler
    self.platform = platform
  }

  package func version(
    _ request: VersionRequest, context: CallContext
  ) async throws(RPCStatus) -> VersionResponse {
    VersionResponse(
      version: operations.version, protocol: "berth/1",
      schemaVersion: Int32(clamping: operations.schemaVersion))
  }

  package func initializeDatabase(
    _ request: InitializeDatabaseRequest, context: CallContext
  ) async throws(RPCStatus) -> InitializeDatabaseResponse {
    let result = try await context.granted { _ async throws(DomainError) in
      try await operations.migrate()
    }
    return InitializeDatabaseResponse(
      schemaVersion: Int32(clamping: result.version), applied: result.applied)
  }

  package func getScheduler(
    _ request: GetSchedulerRequest, context: CallContext
  ) async throws(RPCStatus) -> GetSchedulerResponse {
    let terms = try await context.granted { _ async throws(DomainError) in
      try await scheduler.terms()
    }
    return GetSchedulerResponse(
      leader: terms.first?.leader?.description ?? "",
      epoch: terms.map(\.epoch.value).max() ?? 0,
      replica: operations.replica.description, leading: operations.isLeading(),
      queued: Int64(terms.reduce(0) { $0 + $1.queued }),
      holding: Int64(terms.reduce(0) { $0 + $1.holding }),
      oldestQueuedAt: terms.compactMap(\.oldestQueuedAt).min().map(Timestamp.init),
      shards: terms.map { term in
        GetSchedulerResponse.Shard(
          shard: Int32(clamping: term.shard.index), leader: term.leader?.description ?? "",
          epoch: term.epoch.value, queued: Int64(term.queued), holding: Int64(term.holding),
          oldestQueuedAt: term.oldestQueuedAt.map(Timestamp.init))
      })
  }

  package func setSchedulerShards(
    _ request: SetSchedulerShardsRequest, context: CallContext
  ) async throws(RPCStatus) -> SetSchedulerShardsResponse {
    let shards = try await context.granted { _ async throws(DomainError) in
      try await scheduler.divide(into: Int(request.shards))
    }
    return SetSchedulerShardsResponse(shards: Int32(clamping: shards))
  }

  package func triggerScheduler(
    _ request: TriggerSchedulerRequest, context: CallContext
  ) async throws(RPCStatus) -> TriggerSchedulerResponse {
    try await context.granted { _ async throws(DomainError) in operations.wakeScheduler() }
    return TriggerSchedulerResponse()
  }

  package func checkInvariants(
    _ request: CheckInvariantsRequest, context: CallContext
  ) async throws(RPCStatus) -> CheckInvariantsResponse {
    let violations = try await context.granted { _ async throws(DomainError) in
      try await scheduler.violations()
    }
    return CheckInvariantsResponse(
      violations: violations.map { violation in
        CheckInvariantsResponse.Violation(
          invariant: violation.invariant, detail: violation.detail, subject: violation.subject)
      })
  }

  /// The replica tells of itself also while the database is away.
  package func getControlPlaneStatistics(
    _ request: GetControlPlaneStatisticsRequest, context: CallContext
  ) async throws(RPCStatus) -> GetControlPlaneStatisticsResponse {
    try await context.granted { _ async throws(DomainError) in
      let replica = await operations.statistics()
      let reading = request.replicaOnly ? nil : await platformReading(context)
      return GetControlPlaneStatisticsResponse(replica, reading, of: operations)
    }
  }

  /// Nil where the database does not tell; a defect is logged.
  private func platformReading(_ context: CallContext) async -> PlatformWatch.Reading? {
    do throws(DomainError) {
      return try await platform.read()
    } catch {
      _ = context.status(of: error)
      return nil
    }
  }
}
