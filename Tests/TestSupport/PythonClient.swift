/// The client in `Examples/python`, run as a program.
package enum PythonClient {
  /// Runs a file of `Examples/python` to its end.
  package static func run(
    _ file: String, _ arguments: [String], environment: [String: String?] = [:],
    within limit: Duration = .seconds(60)
  ) async throws -> ChildOutcome {
    let child = try start(file, arguments, environment: environment)
    return try await child.outcome(within: limit)
  }

  /// Starts a file of `Examples/python`.
  package static func start(
    _ file: String, _ arguments: [String], environment: [String: String?] = [:]
  ) throws -> ChildProcess {
    let folder = try TestEnvironment.pythonFolder()
    let example = TestEnvironment.checkout + "/Examples/python"
    let own: [String: String?] = [
      "PYTHONPATH": "\(folder)/messages:\(example)", "PYTHONDONTWRITEBYTECODE": "1",
      "PYTHONUNBUFFERED": "1", "BERTH_ADDRESS": nil, "BERTH_CA": nil, "BERTH_TOKEN_FILE": nil,
    ]
    return try ChildProcess.start(
      folder + "/bin/python", ["\(example)/\(file)"] + arguments,
      environment: own.merging(environment) { $1 })
  }
}
