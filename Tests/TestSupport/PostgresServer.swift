import Foundation

/// A PostgreSQL server of one test's own, to be broken under the code that is tested.
package final class PostgresServer: Sendable {
  /// A port that was free can be taken before the server has it; so often another is tried.
  private static let startAttemptsLimit = 5
  private static let readiness = "database system is ready to accept connections"

  package let port: Int
  /// As a superuser, without a password: it listens on 127.0.0.1 for as long as one test runs.
  package let url: String

  private let folder: TemporaryFolder
  private let process: ReplaceableChild

  private init(port: Int, folder: TemporaryFolder, process: ChildProcess) {
    self.port = port
    self.folder = folder
    self.process = ReplaceableChild(process)
    url = "postgresql://berth@127.0.0.1:\(port)/postgres"
  }

  deinit { process.current.signal(SIGQUIT) }

  /// Makes an empty server on a free port and waits until it accepts connections.
  package static func start() async throws -> PostgresServer {
    let folder = try TemporaryFolder("berth-postgres")
    if geteuid() == 0 {
      let owned = try await ChildProcess.run("/usr/bin/chown", ["postgres:postgres", folder.path])
      try expectSuccess(owned)
    }
    let made = try await ChildProcess.run(
      "/usr/bin/env",
      try command("initdb") + [
        "-D", folder.file("data"), "--username=berth", "--auth=trust", "--encoding=UTF8",
        "--locale=C.UTF-8", "--no-sync",
      ], folder: "/")
    try expectSuccess(made)
    return try await FreePort.start(attempts: startAttemptsLimit) { port in
      let process = try await launch(port: port, folder: folder)
      return PostgresServer(port: port, folder: folder, process: process)
    }
  }

  /// `pg_ctl restart -m immediate`: every session is cut where it stands, nothing is flushed, and
  /// the server recovers from its log.
  package func restartImmediately() async throws {
    process.current.signal(SIGQUIT)
    try await process.current.waitForExit()
    process.replace(by: try await Self.launch(port: port, folder: folder))
  }

  /// Ends it, so that its folder can go.
  package func stop() async throws {
    process.current.signal(SIGQUIT)
    try await process.current.waitForExit()
  }

  private static func launch(port: Int, folder: TemporaryFolder) async throws -> ChildProcess {
    let process = try ChildProcess.start(
      "/usr/bin/env",
      try command("postgres") + [
        "-D", folder.file("data"), "-p", String(port), "-c", "listen_addresses=127.0.0.1", "-c",
        "unix_socket_directories=", "-c", "max_connections=200", "-c", "log_checkpoints=off",
      ], folder: "/")
    try await process.waitForLine(containing: readiness)
    return process
  }

  /// The program's path, after what makes it run as somebody whom PostgreSQL accepts.
  private static func command(_ program: String) throws -> [String] {
    let root = "/usr/lib/postgresql"
    let versions = try FileManager.default.contentsOfDirectory(atPath: root)
      .sorted { $0.compare($1, options: .numeric) == .orderedAscending }
    let path = [root, versions.last ?? "", "bin", program].joined(separator: "/")
    guard geteuid() == 0 else { return [path] }
    return [
      "setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig", "QUIT",
      "--", path,
    ]
  }

  private static func expectSuccess(_ outcome: ChildOutcome) throws {
    guard outcome.exit.isSuccess else {
      throw ChildProcessError.endedEarly(program: "postgres", outcome: outcome)
    }
  }
}
