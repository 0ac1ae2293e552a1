import Foundation

/// What `make test` tells the tests about the machine: the private services, the programs and the
/// container engine.
package enum TestEnvironment {
  /// PostgreSQL of the test run, as a superuser who may create databases and schemas.
  /// Throws `TestEnvironmentError.missing` where the tests were started without it.
  package static func databaseURL() throws -> String {
    try required("BERTH_TEST_DATABASE_URL")
  }

  /// The same PostgreSQL over TLS, its certificate checked (`sslmode=verify-full`).
  package static func databaseTLSURL() throws -> String {
    try required("BERTH_TEST_DATABASE_TLS_URL")
  }

  /// Redis of the test run. Throws `TestEnvironmentError.missing` where the tests were started
  /// without it.
  package static func redisURL() throws -> String {
    try required("BERTH_TEST_REDIS_URL")
  }

  /// The same PostgreSQL behind PgBouncer in transaction mode; any database of the server is
  /// reachable through it.
  package static func poolerURL() throws -> String {
    try required("BERTH_TEST_PGBOUNCER_URL")
  }

  /// The Docker Engine of the test run (`unix:///path`), or nil where none runs.
  package static var dockerHost: String? {
    optional("BERTH_TEST_DOCKER_HOST")
  }

  /// An image that the test run's engine holds, made without a registry; nil where no engine runs.
  package static var dockerImage: String? {
    optional("BERTH_TEST_DOCKER_IMAGE")
  }

  /// The certificates of the test run, for `localhost`, `127.0.0.1` and `::1`.
  package static func certificates() throws -> TestCertificates {
    TestCertificates(folder: try required("BERTH_TEST_CERTIFICATES"))
  }

  /// What `Scripts/python-client.sh` made: `bin/python`, and `messages` for its path.
  package static func pythonFolder() throws -> String { try required("BERTH_TEST_PYTHON") }

  /// Path of a built program: `berthd`, `berth` or `berth-agent`.
  ///
  /// Looked for in `BERTH_TEST_BIN`, else beside the test runner, where SwiftPM builds it.
  package static func program(_ name: String) throws -> String {
    let folder = optional("BERTH_TEST_BIN") ?? folderOfTestRunner
    let path = folder + "/" + name
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw TestEnvironmentError.noProgram(path)
    }
    return path
  }

  /// The checkout that the tests were compiled from.
  package static let checkout: String = {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    return folder.path
  }()

  private static var folderOfTestRunner: String {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().path
  }

  private static func optional(_ name: String) -> String? {
    guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else { return nil }
    return value
  }

  private static func required(_ name: String) throws -> String {
    guard let value = optional(name) else { throw TestEnvironmentError.missing(name) }
    return value
  }
}
