import Messages
import TestSupport
import Testing

extension EndToEnd.OnStacksOfTheirOwn {
  /// The gateway while the server, or itself, goes and comes back.
  @Suite(.serialized, .timeLimit(.minutes(3))) struct GatewayFaultTests {
    private static let watch = "/berth.v1.DeploymentService/WatchDeployments"

    @Test func `a server that is away is 503 until it is back`() async throws {
      try await Stack.with { stack in
        let console = try await ConsoleProcess.start(on: stack)
        let person = try await stack.signUp()
        let token = person.tokens.accessToken
        let stream = try await console.open(
          "POST", Self.watch, token: token, body: "{\"includeCurrent\": true}")
        #expect(ConsoleProcess.status(of: stream) == 200)

        try await stack.berthd.kill()
        var lines: [String] = []
        for try await line in ConsoleProcess.lines(of: stream) { lines.append(line) }
        #expect(lines.last?.hasPrefix("{\"error\":{\"code\":\"UNAVAILABLE\"") == true, "\(lines)")
        let health = try await console.request("GET", "/core/health")
        #expect(health.status == 503, "\(health)")
        #expect(health.text("detail") != nil)
        let call = try await console.request(
          "POST", "/berth.v1.UserService/WhoAmI", token: token, body: "{}")
        #expect(call.status == 503, "\(call)")
        #expect(call.text("code") == "UNAVAILABLE")
        let list = try await console.request("GET", "/user/list_users", token: token)
        #expect(list.status == 503)

        try await stack.berthd.restart()
        try await eventually("the server to be reached again", within: .seconds(20)) {
          try await console.request("GET", "/core/health").status == 200
        }
        #expect(try await console.request("GET", "/user/list_users", token: token).status == 200)
      }
    }

    @Test func `the console's end ends its streams in order`() async throws {
      try await Stack.with { stack in
        let console = try await ConsoleProcess.start(on: stack)
        let person = try await stack.signUp()
        let stream = try await console.open(
          "POST", Self.watch, token: person.tokens.accessToken, body: "{}")
        let start = ContinuousClock.now
        #expect(try await console.terminate() == .exited(0))
        #expect(ContinuousClock.now - start < .seconds(8))
        var lines: [String] = []
        for try await line in ConsoleProcess.lines(of: stream) { lines.append(line) }
        #expect(lines.last?.contains("the console shuts down") == true, "\(lines)")
      }
    }
  }
}
