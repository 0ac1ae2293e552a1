import Foundation
import Synchronization
import TestSupport

/// One `berthd` process, which can be killed and started again on the same port.
final class Replica: Sendable {
  private struct State {
    var process: ChildProcess
    var port: Int
    /// What processes before this one wrote.
    var earlier = ""
  }

  /// A port that was free can be taken before `berthd` has it; so often another is tried.
  private static let startAttemptsLimit = 3

  let name: String
  private let folder: String
  private let environment: [String: String?]
  private let state: Mutex<State>

  private init(
    name: String, folder: String, environment: [String: String?], state: sending State
  ) {
    self.name = name
    self.folder = folder
    self.environment = environment
    self.state = Mutex(state)
  }

  /// Starts the program on a free port and waits until it listens.
  static func start(
    name: String, folder: String, environment: [String: String?]
  ) async throws -> Replica {
    try await FreePort.start(attempts: startAttemptsLimit) { port in
      try await start(name, folder, environment, port: port)
    }
  }

  private static func start(
    _ name: String, _ folder: String, _ environment: [String: String?], port: Int
  ) async throws -> Replica {
    let (process, port) = try await launch(name, folder, environment, port: port)
    return Replica(
      name: name, folder: folder, environment: environment,
      state: State(process: process, port: port))
  }

  var port: Int { state.withLock { $0.port } }
  var address: String { "127.0.0.1:\(port)" }
  var process: ChildProcess { state.withLock { $0.process } }

  /// All that the program wrote, in every one of its lives.
  var log: String { state.withLock { $0.earlier + $0.process.written } }

  /// Whether SIGSTOP stands.
  var isStopped: Bool {
    let text = try? String(contentsOfFile: "/proc/\(process.processID)/stat", encoding: .utf8)
    guard let text, let end = text.lastIndex(of: ")") else { return false }
    return text[end...].dropFirst(2).first == "T"
  }

  /// How many lines of its log contain `words`.
  func count(_ words: String) -> Int {
    log.split(separator: "\n").count(where: { $0.contains(words) })
  }

  /// SIGKILL, and waits until the process is gone.
  func kill() async throws {
    process.kill()
    try await process.waitForExit()
  }

  /// Starts the program again on its port after its end, with `changes` to its environment for this
  /// life.
  func restart(environment changes: [String: String?] = [:]) async throws {
    let environment = environment.merging(changes) { $1 }
    let (process, port) = try await Self.launch(name, folder, environment, port: port)
    state.withLock { state in
      state.earlier += state.process.written
      state.process = process
      state.port = port
    }
  }

  /// SIGTERM; returns how long the end took and how it came. Throws when it does not come.
  func terminate() async throws -> (exit: ChildExit, took: Duration) {
    let start = ContinuousClock.now
    let exit = try await process.terminate(within: .seconds(15))
    return (exit, ContinuousClock.now - start)
  }

  /// User and system time that the process has used, in clock ticks of the kernel.
  func processorTicks() throws -> Int {
    let text = try String(contentsOfFile: "/proc/\(process.processID)/stat", encoding: .utf8)
    // The second field is the name in parentheses: count after them.
    let fields = text[text.index(after: text.lastIndex(of: ")")!)...].split(separator: " ")
    return Int(fields[11])! + Int(fields[12])!
  }

  private static func launch(
    _ name: String, _ folder: String, _ environment: [String: String?], port: Int
  ) async throws -> (ChildProcess, port: Int) {
    let portFile = "\(folder)/\(name).port"
    try? FileManager.default.removeItem(atPath: portFile)
    var environment = environment
    environment["BERTH_PORT_FILE"] = portFile
    environment["BERTH_LISTEN"] = "127.0.0.1:\(port)"
    environment["BERTH_ADVERTISE"] = "127.0.0.1:\(port)"
    let process = try ChildProcess.start(
      TestEnvironment.program("berthd"), environment: environment, folder: folder)
    let bound = try await eventually("berthd \(name) to listen", within: .seconds(30)) {
      () async throws -> Int? in
      if process.exit != nil {
        throw ChildProcessError.endedEarly(
          program: "berthd", outcome: try await process.outcome(within: .seconds(1)))
      }
      guard let text = try? String(contentsOfFile: portFile, encoding: .utf8) else { return nil }
      return Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    return (process, bound)
  }
}
