import Foundation

/// A Redis of one test's own, to be stopped, paused and started again under the code that is
/// tested.
package final class RedisServer: Sendable {
  /// A port that was free can be taken before Redis has it; so often another is tried.
  private static let startAttemptsLimit = 5

  package let port: Int
  package let url: String

  private let folder: TemporaryFolder
  private let process: ReplaceableChild

  private init(port: Int, folder: TemporaryFolder, process: ChildProcess) {
    self.port = port
    self.folder = folder
    self.process = ReplaceableChild(process)
    url = "redis://127.0.0.1:\(port)"
  }

  /// Starts an empty Redis on a free port and waits until it accepts connections.
  package static func start() async throws -> RedisServer {
    let folder = try TemporaryFolder("berth-redis")
    return try await FreePort.start(attempts: startAttemptsLimit) { port in
      let process = try await launch(port: port, folder: folder.path)
      return RedisServer(port: port, folder: folder, process: process)
    }
  }

  /// Stands still: connections stay open and nothing is answered.
  package func pause() { process.current.pause() }
  /// Goes on after `pause`.
  package func resume() { process.current.resume() }

  /// Ends at once, losing all keys.
  package func kill() async throws {
    process.current.kill()
    try await process.current.waitForExit()
  }

  /// Starts again, empty, on the same port after `kill`.
  package func restart() async throws {
    try await kill()
    process.replace(by: try await Self.launch(port: port, folder: folder.path))
  }

  private static func launch(port: Int, folder: String) async throws -> ChildProcess {
    let process = try ChildProcess.start(
      "/usr/bin/redis-server",
      [
        "--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
        "--dir", folder,
      ])
    try await process.waitForLine(containing: "Ready to accept connections")
    return process
  }
}
