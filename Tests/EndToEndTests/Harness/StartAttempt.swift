import TestSupport

/// Starts of `berthd` that are expected to fail.
enum StartAttempt {
  /// Runs `berthd` with the stack's environment and `changes`, to its end.
  static func run(_ stack: Stack, _ changes: [String: String?]) async throws -> ChildOutcome {
    var environment = try stack.environment()
    environment["BERTH_LISTEN"] = "127.0.0.1:0"
    environment.merge(changes) { $1 }
    return try await ChildProcess.run(
      TestEnvironment.program("berthd"), environment: environment, folder: stack.folder.path,
      within: .seconds(20))
  }
}
