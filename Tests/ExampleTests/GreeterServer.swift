import TestSupport

/// The example's server, running with the test run's certificates on a port of its own.
struct GreeterServer {
  let program: String
  let process: ChildProcess
  let port: Int
  private let certificates: TestCertificates

  static func start(_ program: String) async throws -> GreeterServer {
    let certificates = try TestEnvironment.certificates()
    let process = try ChildProcess.start(
      program, ["serve", "0", certificates.server, certificates.serverKey])
    let line = try await process.waitForLine(containing: "listening on port ")
    guard let port = line.split(separator: " ").last.flatMap({ Int($0) }) else {
      throw ChildProcessError.deadlineExceeded(
        program: program, waitingFor: "a port", written: line)
    }
    return GreeterServer(
      program: program, process: process, port: port, certificates: certificates)
  }

  /// Starts the example's client.
  func client(_ names: [String]) throws -> ChildProcess {
    try ChildProcess.start(
      program, ["hello", "berth://localhost:\(port)", certificates.authority] + names)
  }

  /// Runs the example's client to its end.
  func hello(_ names: String...) async throws -> ChildOutcome {
    try await client(names).outcome()
  }
}
