import Testing

/// Runs an exit test's body. An error that leaves such a body ends its process without a word; here
/// it becomes an issue, which the parent prints.
package func recordingErrors(_ body: () async throws -> Void) async {
  do {
    try await body()
  } catch {
    Issue.record("\(error)")
  }
}
