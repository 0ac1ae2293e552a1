import Synchronization
import TestSupport

extension SharedStack {
  /// A `berth-console` of the suite's stack, started with the first test that asks for it.
  func console() async throws -> ConsoleProcess {
    if let running = Self.consoles.withLock({ $0[stack.folder.path] }) { return running }
    let started = try await ConsoleProcess.start(on: stack)
    Self.consoles.withLock { $0[stack.folder.path] = started }
    return started
  }

  /// By the stack's folder; each ends with the test runner.
  private static let consoles = Mutex<[String: ConsoleProcess]>([:])
}
