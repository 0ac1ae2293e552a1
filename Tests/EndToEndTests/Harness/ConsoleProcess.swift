import Foundation
import Synchronization
import TestSupport
import Testing

/// One `berth-console` process before a stack, reached over https, which can be stopped and started
/// again on the same port.
final class ConsoleProcess: Sendable {
  private struct State {
    var process: ChildProcess
    /// What processes before this one wrote.
    var earlier = ""
  }

  let port: Int
  /// PEM file of the authority that signed its certificate.
  let authority: String
  private let environment: [String: String?]
  private let state: Mutex<State>

  private init(
    port: Int, authority: String, environment: [String: String?], process: ChildProcess
  ) {
    self.port = port
    self.authority = authority
    self.environment = environment
    state = Mutex(State(process: process))
  }

  /// Starts the program and waits until it serves.
  ///
  /// - Parameters:
  ///   - address: of `berthd`; several, by commas. Nil: the stack's first replica.
  ///   - changes: over the environment that it is started with; nil takes a variable away.
  static func start(
    on stack: Stack, address: String? = nil, environment changes: [String: String?] = [:]
  ) async throws -> ConsoleProcess {
    var environment: [String: String?] = [
      "BERTH_ADDRESS": address ?? stack.berthd.address,
      "BERTH_CA": stack.certificates.authority,
      "BERTH_CONSOLE_TLS_CERTIFICATE": stack.certificates.server,
      "BERTH_CONSOLE_TLS_KEY": stack.certificates.serverKey,
      "BERTH_ADMIN_TOKEN_FILE": stack.adminTokenFile,
      "BERTH_CONSOLE_TOKEN_FILE": nil,
      "BERTH_LOG_LEVEL": "info",
    ]
    environment.merge(changes) { $1 }
    let (process, port) = try await launch(environment, port: 0)
    return ConsoleProcess(
      port: port, authority: stack.certificates.authority, environment: environment,
      process: process)
  }

  var url: String { "https://127.0.0.1:\(port)" }
  var process: ChildProcess { state.withLock { $0.process } }
  /// All that the program wrote, in every one of its lives.
  var log: String { state.withLock { $0.earlier + $0.process.written } }

  /// SIGTERM, and waits until the process is gone.
  @discardableResult
  func terminate() async throws -> ChildExit {
    try await process.terminate(within: .seconds(15))
  }

  /// Starts the program again on its port after its end.
  func restart() async throws {
    let (process, _) = try await Self.launch(environment, port: port)
    state.withLock { state in
      state.earlier += state.process.written
      state.process = process
    }
  }

  private static func launch(
    _ environment: [String: String?], port: Int
  ) async throws -> (ChildProcess, port: Int) {
    let process = try ChildProcess.start(
      TestEnvironment.program("berth-console"),
      environment: environment.merging(["BERTH_CONSOLE_LISTEN": "127.0.0.1:\(port)"]) { $1 })
    let line = try await process.waitForLine("the console to serve") {
      $0.contains("\"message\":\"serving\"")
    }
    let address = try #require(line.firstMatch(of: #/127\.0\.0\.1:([0-9]+)/#), "\(line)")
    return (process, try #require(Int(address.output.1)))
  }
}
