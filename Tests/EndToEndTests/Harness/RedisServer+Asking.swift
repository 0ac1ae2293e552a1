import Foundation
import TestSupport

extension RedisServer {
  /// Asks by `redis-cli`: a second pair of eyes.
  func ask(_ words: String...) async throws -> String {
    let outcome = try await ChildProcess.run(
      "/usr/bin/redis-cli", ["-h", "127.0.0.1", "-p", String(port)] + words)
    return outcome.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
