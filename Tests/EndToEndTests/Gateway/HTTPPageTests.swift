import Foundation
import TestSupport
import Testing

extension EndToEnd.OnOneStack {
  /// The commands of docs/http.md, as a reader would run them.
  @Suite(.serialized, .timeLimit(.minutes(3))) struct HTTPPageTests {
    @Test func `the page's commands lead from sign-up to deployment`() async throws {
      let shared = try SharedStack.current()
      let console = try await shared.console()
      let page = try String(
        contentsOfFile: TestEnvironment.checkout + "/docs/http.md", encoding: .utf8)
      let blocks = page.matches(of: #/(?s)```sh\n(.*?)```/#).map { String($0.output.1) }
      #expect(blocks.count == 5)
      let script = "set -euo pipefail\n" + blocks.joined(separator: "\n")
      let outcome = try await ChildProcess.run(
        "/bin/bash", ["-c", script],
        environment: ["BERTH_CONSOLE_URL": console.url, "BERTH_CA": console.authority])
      #expect(outcome.exit.isSuccess, "\(outcome)")
      let printed = outcome.standardOutput
      for words in [
        "\"display_name\":\"Ada\"", "\"message\":\"joined Engines ada-", "\"username\":\"ada-",
        "\"cpu_size\":8", "\"required_ram\":4.5", "\"state\":\"queued\"",
        "\"state\":\"DEPLOYMENT_STATE_CANCELLED\"", "{\"error\":{\"code\":\"DEADLINE_EXCEEDED\"",
      ] {
        #expect(printed.contains(words), "\(words) in: \(printed)")
      }
    }
  }
}
