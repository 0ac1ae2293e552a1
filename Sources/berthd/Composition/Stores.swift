import Domain
import EventLoop
import Glibc
import Logging
import PostgresStore
import RedisLease

/// PostgreSQL, ready with its schema, and Redis, connected or still trying.
struct Stores {
  /// How long start-up waits for PostgreSQL.
  private static let patience = Duration.seconds(30)
  private static let retryDelay = Duration.seconds(1)

  let postgres: PostgresStore
  let redis: RedisClient
  let schemaVersion: Int

  static func open(
    _ configuration: Configuration, group: EventLoopGroup, tracer: SpanTracer?, logger: Logger
  ) async throws -> Stores {
    let redis = RedisClient.open(
      url: configuration.redisURL, loop: group.loops[0], prefix: configuration.redisPrefix)
    let deadline = ContinuousClock.now + patience
    while true {
      do throws(DomainError) {
        let postgres = try await PostgresStore.open(
          PostgresConfiguration(
            url: configuration.databaseURL, isPooler: configuration.databaseIsPooled,
            idleInTransactionTimeout: configuration.lockLifetime * 0.6),
          group: group, tracer: tracer)
        let schema = try await migrate(postgres, shards: configuration.schedulerShards)
        if !schema.applied.isEmpty {
          logger.notice(
            "migrated the database",
            metadata: ["schema": "\(schema.version)", "applied": "\(schema.applied)"])
        }
        if let shards = schema.shards, shards != configuration.schedulerShards {
          logger.warning(
            "BERTH_SCHEDULER_SHARDS is for a new database; `berth admin set-shards` changes it",
            metadata: ["shards": "\(shards)"])
        }
        return Stores(postgres: postgres, redis: redis, schemaVersion: schema.version)
      } catch {
        guard case .unavailable(let reason, _) = error, .now < deadline else {
          await redis.close()
          throw StartFailure(error)
        }
        logger.warning("waiting for PostgreSQL", metadata: ["reason": "\(reason)"])
        try await group.loops[0].sleep(for: retryDelay)
      }
    }
  }

  /// A store that could not be migrated is closed: its connections would outlive it.
  private static func migrate(
    _ postgres: PostgresStore, shards: Int?
  ) async throws(DomainError) -> (version: Int, applied: [String], shards: Int?) {
    do throws(DomainError) {
      let (version, applied) = try await postgres.migrate()
      guard let shards else { return (version, applied, nil) }
      let set = try await postgres.scheduler.setShards(shards, onlyAtFirst: true)
      return (version, applied, set)
    } catch {
      await postgres.close()
      throw error
    }
  }

  func close() async {
    await redis.close()
    await postgres.close()
  }
}

/// Why the server did not start, in one line.
struct StartFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  init(_ error: DomainError) {
    switch error {
    case .unavailable(let reason, _): description = "PostgreSQL is not reachable: \(reason)"
    case .internal(let detail): description = detail
    case .failedPrecondition(let reason): description = reason
    default: description = "\(error)"
    }
  }
}
