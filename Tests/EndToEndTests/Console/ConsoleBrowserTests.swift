import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// The web console in headless Chromium.
  @Suite(.serialized, .timeLimit(.minutes(10))) struct ConsoleBrowserTests {
    @Test func `a person signs up, deploys, watches, steers, and sees berthd go and come back`()
      async throws
    {
      try await Stack.with { stack in
        let walk = BrowserWalk(
          stack: stack, console: try await ConsoleProcess.start(on: stack),
          superAdmin: try await stack.superAdmin())
        try await walk.run(within: .seconds(480))
      }
    }
  }
}
