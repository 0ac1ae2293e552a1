/// A schema of its own for one test in the test run's shared database.
package enum TestSchema {
  /// Creates an empty schema and returns its name, a plain identifier.
  package static func create() async throws -> String {
    let name = UniqueName.make("test")
    _ = try await PostgresConsole(url: TestEnvironment.databaseURL()).query("CREATE SCHEMA \(name)")
    return name
  }

  /// Removes the schema with all it holds.
  package static func drop(_ name: String) async throws {
    _ = try await PostgresConsole(url: TestEnvironment.databaseURL()).query(
      "DROP SCHEMA IF EXISTS \(name) CASCADE")
  }
}
