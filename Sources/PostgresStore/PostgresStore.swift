package import Domain
package import EventLoop

/// PostgreSQL behind every store of the domain, on the loops that serve the calls.
package final class PostgresStore: Sendable {
  private let database: PostgresDatabase
  private let pools: [PostgresPool]
  private let opening: ConnectionOpening
  private let group: EventLoopGroup

  package let users: PostgresUserStore
  package let organizations: PostgresOrganizationStore
  package let access: PostgresAccessStore
  package let serviceAccounts: PostgresServiceAccountStore
  package let clusters: PostgresClusterStore
  package let deployments: PostgresDeploymentStore
  package let changes: PostgresChangeStore
  package let agents: PostgresAgentStore
  package let scheduler: PostgresSchedulerStore
  package let situations: PostgresSituationStore
  package let quotas: PostgresQuotaStore
  package let priorityClasses: PostgresPriorityClassStore
  package let platform: PostgresStatisticsStore

  private init(
    pools: [PostgresPool], opening: ConnectionOpening, group: EventLoopGroup,
    connectionsPerLoop: Int, tracer: (any WorkTracer)?
  ) {
    let database = PostgresDatabase(group: group, pools: pools, tracer: tracer)
    self.database = database
    self.pools = pools
    self.opening = opening
    self.group = group
    users = PostgresUserStore(database: database)
    organizations = PostgresOrganizationStore(database: database)
    access = PostgresAccessStore(database: database)
    serviceAccounts = PostgresServiceAccountStore(database: database)
    clusters = PostgresClusterStore(database: database)
    deployments = PostgresDeploymentStore(
      database: database,
      batchers: DeploymentBatchers(
        pools: pools, connectionsPerLoop: connectionsPerLoop, tracer: tracer))
    changes = PostgresChangeStore(database: database)
    agents = PostgresAgentStore(database: database)
    scheduler = PostgresSchedulerStore(database: database)
    situations = PostgresSituationStore(database: database)
    quotas = PostgresQuotaStore(database: database)
    priorityClasses = PostgresPriorityClassStore(database: database)
    platform = PostgresStatisticsStore(database: database)
  }

  /// Connects every loop of the group. Throws `.failedPrecondition` for a URL or credentials that
  /// cannot work, `.unavailable` when the server cannot be reached now; nothing is left open then.
  package static func open(
    _ configuration: PostgresConfiguration, group: EventLoopGroup,
    tracer: (any WorkTracer)? = nil
  ) async throws(DomainError) -> PostgresStore {
    let opening: ConnectionOpening
    do throws(PostgresFailure) {
      opening = ConnectionOpening(
        settings: try ConnectionSettings(configuration), timeout: configuration.connectTimeout,
        resolver: BlockingPool(
          threads: Limits.resolverThreads, queueLimit: Limits.resolverQueue))
    } catch {
      throw error.domainError()
    }
    let pools = group.loops.map { PostgresPool(loop: $0) }
    let store = PostgresStore(
      pools: pools, opening: opening, group: group,
      connectionsPerLoop: configuration.connections, tracer: tracer)
    for pool in pools {
      let failure = await pool.loop.run { () async -> PostgresFailure? in
        await pool.start(configuration, opening: opening)
      }
      if let failure {
        await store.close()
        throw failure.opening
      }
    }
    return store
  }

  /// Brings the schema to this program's version and adds the standard rules that are missing.
  /// Throws `.failedPrecondition` for a database that a newer program has migrated.
  package func migrate() async throws(DomainError) -> (version: Int, applied: [String]) {
    let migrator = Migrator(opening: opening, migrations: EmbeddedSQL.migrations)
    let loop = group.next()
    let result = try await loop.run { () async throws(DomainError) -> MigrationResult in
      let (version, applied) = try await migrator.run(on: loop)
      return MigrationResult(version: version, applied: applied)
    }
    try await StandardRules(AccessRules.standard).add(to: database)
    return (result.version, result.applied)
  }

  private struct MigrationResult: Sendable {
    let version: Int
    let applied: [String]
  }

  /// The schema version that this program brings a database to.
  package static var schemaVersion: Int { EmbeddedSQL.migrations.last?.version ?? 0 }

  /// Whether the database answers.
  package func ping() async throws(DomainError) {
    _ = try await database.read(.ping, .none)
  }

  /// How this process reaches the database: goes round the loops.
  package func statistics() async -> PostgresStatistics {
    var sum = PostgresStatistics()
    var statements: [[StoreCallStatistics]] = []
    for pool in pools {
      let part = await pool.loop.run { pool.statistics }
      sum.connections += part.connections
      sum.configuredConnections += part.configuredConnections
      sum.inFlight += part.inFlight
      sum.waiting += part.waiting
      sum.openedConnections += part.openedConnections
      statements.append(part.statements)
    }
    sum.statements = statements.merged()
    return sum
  }

  /// Forgets refresh tokens that have expired and idempotency keys older than a week; returns how
  /// many. To be called now and then.
  package func prune(now: Instant) async throws(DomainError) -> Int {
    let keysBefore = now + (.zero - Limits.idempotencyKeyLife)
    let tokens = try await database.write(.pruneRefreshTokens, Parameters { $0.add(now) })
    let keys = try await database.write(.pruneIdempotencyKeys, Parameters { $0.add(keysBefore) })
    return tokens.changedCount + keys.changedCount
  }

  /// Fails what waits and closes every connection.
  package func close() async {
    for pool in pools { await pool.loop.run { () async in await pool.close() } }
    await opening.resolver.shutdown()
  }
}

extension PostgresFailure {
  /// What stands in the way of starting, in one line.
  fileprivate var opening: DomainError {
    switch kind {
    case .configuration: .failedPrecondition("PostgreSQL refuses the connection: \(message)")
    case .noConnection:
      .unavailable("PostgreSQL cannot be reached: \(message)", after: Limits.retryAfter)
    default: domainError()
    }
  }
}

extension Statement {
  fileprivate static let ping = Statement("ping", "SELECT 1")

  fileprivate static let pruneRefreshTokens = Statement(
    "prune_refresh_tokens", "DELETE FROM refresh_tokens WHERE expires_at < $1")

  fileprivate static let pruneIdempotencyKeys = Statement(
    "prune_idempotency_keys", "DELETE FROM idempotency_keys WHERE created_at < $1")
}
