internal import Domain
internal import EventLoop
internal import PostgresStore
internal import TestSupport
internal import Testing

/// How a test reaches PostgreSQL.
enum Way: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case direct, pooler
  var testDescription: String { rawValue }
}

/// Migrated tables of one test's own with a store on loops of its own.
struct StoreFixture: Sendable {
  let store: PostgresStore
  let database: StoreSpace
  let group: EventLoopGroup
  let configuration: PostgresConfiguration

  /// Runs `body` with a store and takes everything away after it.
  @discardableResult
  static func with<R: Sendable>(
    _ way: Way = .direct, loops: Int = 2, migrated: Bool = true,
    _ body: @Sendable (StoreFixture) async throws -> R
  ) async throws -> R {
    try await FixtureGate.shared.pass {
      try await withoutGate(way, loops: loops, migrated: migrated, body)
    }
  }

  private static func withoutGate<R: Sendable>(
    _ way: Way, loops: Int, migrated: Bool, _ body: @Sendable (StoreFixture) async throws -> R
  ) async throws -> R {
    try await StoreSpace.with(way) { database in
      let group = try await EventLoopGroup.start(count: loops)
      do {
        let configuration = database.configuration
        let store = try await PostgresStore.open(configuration, group: group)
        if migrated { _ = try await store.migrate() }
        let fixture = StoreFixture(
          store: store, database: database, group: group, configuration: configuration)
        let result: R
        do {
          result = try await body(fixture)
        } catch {
          await store.close()
          throw error
        }
        await store.close()
        await group.shutdown()
        return result
      } catch {
        await group.shutdown()
        throw error
      }
    }
  }

  /// A second replica over the same database.
  func withReplica<R: Sendable>(
    _ body: @Sendable (PostgresStore) async throws -> R
  ) async throws -> R {
    let replica = try await PostgresStore.open(configuration, group: group)
    do {
      let result = try await body(replica)
      await replica.close()
      return result
    } catch {
      await replica.close()
      throw error
    }
  }

  /// What the program itself says of the invariants, and what SQL of another hand says.
  func brokenInvariants() async throws -> [String] {
    let own = try await store.scheduler.violations().map {
      "\($0.invariant): \($0.subject) \($0.detail)"
    }
    let rows = try await database.query(Self.allocationMismatch)
    return own + rows.map { $0.joined(separator: " ") }
  }

  /// Written apart from the program's own statement, in other words.
  private static let allocationMismatch = """
    SELECT c.name, c.cpu_allocated, c.memory_allocated, c.gpu_allocated FROM clusters c
    WHERE c.cpu_allocated <> (SELECT coalesce(sum(d.cpu), 0) FROM deployments d
        WHERE d.placed_cluster = c.id AND d.state = ANY ('{scheduled,starting,running}'))
      OR c.memory_allocated <> (SELECT coalesce(sum(d.memory), 0) FROM deployments d
        WHERE d.placed_cluster = c.id AND d.state = ANY ('{scheduled,starting,running}'))
      OR c.gpu_allocated <> (SELECT coalesce(sum(d.gpu), 0) FROM deployments d
        WHERE d.placed_cluster = c.id AND d.state = ANY ('{scheduled,starting,running}'))
      OR c.gpu_allocated <> (SELECT coalesce(sum(x), 0) FROM unnest(c.gpu_devices) x)
      OR c.cpu_allocated > c.cpu_capacity OR c.memory_allocated > c.memory_capacity
      OR c.gpu_allocated > c.gpu_capacity
    """
}
