internal import Domain
internal import EventLoop
@testable internal import PostgresStore
internal import TestSupport
internal import Testing

@Suite(.timeLimit(.minutes(5))) struct MigrationTests {
  @Test(arguments: Way.allCases)
  func `of several replicas that start at once one migrates and all go on`(way: Way) async throws {
    try await StoreFixture.with(way, migrated: false) { fixture in
      let applied = try await withThrowingTaskGroup(of: [String].self) { group in
        for _ in 0..<6 {
          group.addTask {
            let result = try await fixture.store.migrate()
            #expect(result.version == PostgresStore.schemaVersion)
            return result.applied
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(applied.count { !$0.isEmpty } == 1)
      #expect(applied.joined().map { $0 } == EmbeddedSQL.migrations.map(\.name))
      _ = try await fixture.store.makeUser()
    }
  }

  @Test func `a database that a newer program migrated is refused, and says so`() async throws {
    try await StoreFixture.with { fixture in
      _ = try await fixture.database.query(
        "INSERT INTO schema_versions (version, name) VALUES (9999, 'of the future')")
      do throws(DomainError) {
        _ = try await fixture.store.migrate()
        Issue.record("it went on")
      } catch {
        guard case .failedPrecondition(let text) = error else {
          Issue.record("\(error)")
          return
        }
        #expect(text.contains("version 9999"))
      }
    }
  }

  @Test(arguments: Way.allCases)
  func `a migration that fails leaves nothing behind`(way: Way) async throws {
    try await StoreFixture.with(way, migrated: false) { fixture in
      let settings = try ConnectionSettings(fixture.configuration)
      let opening = ConnectionOpening(
        settings: settings, timeout: .seconds(5),
        resolver: BlockingPool(threads: 1, queueLimit: 4))
      let migrator = Migrator(
        opening: opening,
        migrations: [
          (1, "good", "CREATE TABLE kept (id int)"),
          (2, "bad", "CREATE TABLE half (id int); SELECT no_such_function()"),
        ])
      let loop = fixture.group.loops[0]
      do throws(DomainError) {
        _ = try await loop.run { () async throws(DomainError) -> Int in
          try await migrator.run(on: loop).version
        }
        Issue.record("it went on")
      } catch {
        guard case .failedPrecondition(let text) = error else {
          Issue.record("\(error)")
          return
        }
        #expect(text.contains("no_such_function"))
      }
      // The transaction ends with its connection, a moment later behind a pooler.
      try await eventually("nothing is left") {
        try await fixture.database.query(
          """
          SELECT count(*) FROM pg_tables
          WHERE schemaname = current_schema() AND tablename IN ('kept', 'half', 'schema_versions')
          """) == [["0"]]
      }
      let good = Migrator(opening: opening, migrations: [migrator.migrations[0]])
      let version = try await loop.run { () async throws(DomainError) -> Int in
        try await good.run(on: loop).version
      }
      #expect(version == 1)
      await opening.resolver.shutdown()
    }
  }

  @Test func `the embedded SQL is that of the files`() throws {
    let folder = TestEnvironment.checkout + "/Sources/PostgresStore"
    for migration in EmbeddedSQL.migrations {
      let file = try TextFile.read("\(folder)/Migrations/\(migration.name).sql")
      #expect(migration.sql == file.trimmingLastNewline)
    }
    let versions = EmbeddedSQL.migrations.map(\.version)
    #expect(versions == Array(1...versions.count))
    for (name, sql) in [
      ("create", EmbeddedSQL.create), ("createOne", EmbeddedSQL.createOne),
      ("deployment", EmbeddedSQL.deployment), ("deployments", EmbeddedSQL.deployments),
      ("place", EmbeddedSQL.place),
      ("transition", EmbeddedSQL.transition), ("violations", EmbeddedSQL.violations),
    ] {
      #expect(sql == (try TextFile.read("\(folder)/Statements/\(name).sql")).trimmingLastNewline)
    }
  }
}
