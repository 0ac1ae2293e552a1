internal import Domain
internal import EventLoop

/// Brings the schema to this program's version, forward only. Safe when several replicas start at
/// once, through a transaction pooler too: all of it is one transaction under an advisory lock.
struct Migrator: Sendable {
  typealias Migration = (version: Int, name: String, sql: String)

  let opening: ConnectionOpening
  /// Ascending.
  let migrations: [Migration]

  /// Only has to be ours: "Berth" in ASCII.
  private static let lock = 0x42_65_72_74_68

  /// The version reached, and the names of what ran. To be called on `loop`.
  func run(on loop: EventLoop) async throws(DomainError) -> (version: Int, applied: [String]) {
    do throws(PostgresFailure) {
      let connection = try await ExclusiveConnection.open(opening, on: loop)
      return try await run(on: connection)
    } catch {
      if case .server(let state, _) = error.kind, !state.isAbsence {
        throw .failedPrecondition("the database could not be migrated: \(error.message)")
      }
      throw error.domainError()
    }
  }

  private func run(
    on connection: ExclusiveConnection
  ) async throws(PostgresFailure) -> (version: Int, applied: [String]) {
    let limit = Limits.migrationTimeout
    try await connection.run(
      """
      BEGIN;
      SET LOCAL statement_timeout = \(limit.milliseconds);
      SET LOCAL idle_in_transaction_session_timeout = \(limit.milliseconds);
      SET LOCAL client_min_messages = warning;
      SELECT pg_advisory_xact_lock(\(Self.lock));
      """, within: limit)
    // A transaction that fails is rolled back when the connection is closed with it.
    let done = try await connection.run(
      """
      CREATE TABLE IF NOT EXISTS schema_versions (
        version integer CONSTRAINT schema_versions_unique PRIMARY KEY,
        name text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      );
      SELECT coalesce(max(version), 0) FROM schema_versions;
      """, within: limit)
    let current = done.first?.first.flatMap(Int.init) ?? 0
    let newest = migrations.last?.version ?? 0
    guard current <= newest else {
      throw PostgresFailure(
        .configuration,
        "the database's schema is version \(current), this program knows up to \(newest): "
          + "use a program at least as new as the one that migrated it")
    }
    var applied: [String] = []
    for migration in migrations where migration.version > current {
      try await connection.run(migration.sql, within: limit)
      // Numbers and names are our own constants.
      try await connection.run(
        """
        INSERT INTO schema_versions (version, name)
        VALUES (\(migration.version), '\(migration.name)')
        """, within: limit)
      applied.append(migration.name)
    }
    try await connection.run("COMMIT", within: limit)
    return (newest, applied)
  }
}
