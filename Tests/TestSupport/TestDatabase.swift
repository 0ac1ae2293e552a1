import Foundation

/// A PostgreSQL database of its own for one test, dropped with `drop()`.
///
/// For tests that work on a schema in the shared database instead, see `TestSchema`.
package struct TestDatabase: Sendable {
  package let name: String
  /// Connection URL of the database, as a superuser.
  package let url: String
  /// The same database through PgBouncer in transaction mode; nil where the run has none.
  package let poolerURL: String?
  /// Connection URL of the server, as a superuser.
  private let server: String

  /// Creates an empty database on `server`; on the test run's own where nil.
  package static func create(on server: String? = nil) async throws -> TestDatabase {
    let name = UniqueName.make("berth_test")
    let server = try server ?? TestEnvironment.databaseURL()
    _ = try await PostgresConsole(url: server).query("CREATE DATABASE \(name)")
    return TestDatabase(
      name: name, url: try replacingDatabase(of: server, by: name),
      poolerURL: try? replacingDatabase(of: TestEnvironment.poolerURL(), by: name),
      server: server)
  }

  /// Ends the sessions that are left and removes the database.
  package func drop() async throws {
    _ = try await PostgresConsole(url: server).query(
      "DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
  }

  /// Runs `body` with a new database and drops it after, also when `body` throws.
  package static func with<Result>(
    on server: String? = nil, _ body: (TestDatabase) async throws -> Result
  ) async throws -> Result {
    let database = try await create(on: server)
    let result: Result
    do {
      result = try await body(database)
    } catch {
      try? await database.drop()
      throw error
    }
    try await database.drop()
    return result
  }

  /// Asks the database by SQL; see `PostgresConsole.query`.
  package func query(_ sql: String) async throws -> [[String]] {
    try await PostgresConsole(url: url).query(sql)
  }

  private static func replacingDatabase(of url: String, by name: String) throws -> String {
    guard var parts = URLComponents(string: url) else {
      throw PostgresConsoleError(url: url, sql: "", message: "not a URL")
    }
    parts.path = "/" + name
    return parts.string ?? url
  }
}
