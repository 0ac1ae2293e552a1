internal import Foundation
internal import PostgresStore
internal import TestSupport

/// Tables of one test's own: a schema in the test run's database, or where a pooler stands between,
/// which keeps no search path, a database.
struct StoreSpace: Sendable {
  /// Also the application name of the store's sessions there.
  let name: String
  let configuration: PostgresConfiguration
  private let console: PostgresConsole
  private let database: TestDatabase?

  /// Runs `body` with a space and removes it after.
  static func with<R: Sendable>(
    _ way: Way = .direct, _ body: (StoreSpace) async throws -> R
  ) async throws -> R {
    let space = try await create(way)
    let result: R
    do {
      result = try await body(space)
    } catch {
      try? await space.drop()
      throw error
    }
    try await space.drop()
    return result
  }

  private static func create(_ way: Way) async throws -> StoreSpace {
    switch way {
    case .direct:
      let name = try await TestSchema.create()
      let url = adding("options", "-csearch_path=\(name)", to: try TestEnvironment.databaseURL())
      return StoreSpace(
        name: name, configuration: PostgresConfiguration(url: url, applicationName: name),
        console: console(url, name), database: nil)
    case .pooler:
      let database = try await TestDatabase.create()
      guard let url = database.poolerURL else {
        throw TestEnvironmentError.missing("BERTH_TEST_PGBOUNCER_URL")
      }
      return StoreSpace(
        name: database.name,
        configuration: PostgresConfiguration(
          url: url, isPooler: true, applicationName: database.name),
        console: console(database.url, database.name), database: database)
    }
  }

  private func drop() async throws {
    if let database { try await database.drop() } else { try await TestSchema.drop(name) }
  }

  private static func console(_ url: String, _ name: String) -> PostgresConsole {
    PostgresConsole(url: adding("application_name", "\(name)-console", to: url))
  }

  private static func adding(_ item: String, _ value: String, to url: String) -> String {
    // libpq takes "=" in a value only percent-encoded.
    let encoded = value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? value
    return url + (url.contains("?") ? "&" : "?") + "\(item)=\(encoded)"
  }

  /// Asks the tables by SQL, past the store.
  func query(_ sql: String) async throws -> [[String]] { try await console.query(sql) }

  // MARK: Sessions

  /// Ends every session of the store.
  func terminateStore() async throws {
    _ = try await query(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '\(name)'
      """)
  }

  /// How many of the store's sessions wait for a lock.
  func waitingForLocks() async throws -> Int {
    try await count("application_name = '\(name)' AND wait_event_type = 'Lock'")
  }

  /// Runs `body` while a table is locked against everyone, so that the store's calls get no answer.
  func withLocked<R: Sendable>(
    table: String, _ body: @Sendable (_ unlock: @Sendable () async throws -> Void) async throws -> R
  ) async throws -> R {
    let locker = Task {
      // Ends by `unlock` with an error, which is its purpose.
      _ = try? await query(
        "BEGIN; LOCK TABLE \(table) IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(25)")
    }
    try await eventually("the table is locked") { try await sleepers() == 1 }
    let result = try await body { try await endSleepers() }
    try await endSleepers()
    await locker.value
    return result
  }

  /// How many of this space's consoles sleep within a transaction.
  func sleepers() async throws -> Int {
    try await count("application_name = '\(name)-console' AND wait_event = 'PgSleep'")
  }

  private func endSleepers() async throws {
    _ = try await query(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = '\(name)-console' AND wait_event = 'PgSleep'
      """)
  }

  private func count(_ condition: String) async throws -> Int {
    let rows = try await query("SELECT count(*) FROM pg_stat_activity WHERE \(condition)")
    return Int(rows[0][0]) ?? 0
  }
}
