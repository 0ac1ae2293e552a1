import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// `berth-console` as a process.
  @Suite(.serialized, .timeLimit(.minutes(2))) struct ConsoleProcessTests {
    @Test func `it serves https, ends by SIGTERM, and serves again on the same port`() async throws
    {
      let console = try await ConsoleProcess.start(on: try SharedStack.current().stack)
      #expect(try await console.request("GET", "/no-such-page").status == 404)
      #expect(try await console.terminate() == .exited(0))
      try await console.restart()
      #expect(try await console.request("GET", "/no-such-page").status == 404)
    }
  }
}
