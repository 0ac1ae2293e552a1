import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct CallScopeTests {
  private static let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  /// Echo tells how long it has left in tens of seconds, rounded up, and its trace.
  private func tellingEcho(_ body: (RPCFixture) async throws -> Void) async throws {
    try await RPCFixture.with { setup in
      setup.router.add(TestMethods.echo) { _, context async throws(RPCStatus) in
        let left = Self.tens(context.remaining)
        return "\(left ?? "none") \(context.metadata["traceparent"] ?? "none")"
      }
      setup.router.serverStreaming(TestMethods.list) {
        (_: LogsRequest, responses: ResponseWriter<LogsResponse>, context: CallContext)
          async throws(RPCStatus) in
        let left = Self.tens(context.remaining)
        try await responses.write(LogsResponse(left ?? "none"))
      }
    } _: { fixture async throws in
      try await body(fixture)
    }
  }

  private static func tens(_ left: Duration?) -> String? {
    left.map { "\(($0.components.seconds + 9) / 10)" }
  }

  @Test func `a nested call ends no later than the call it is made for`() async throws {
    try await tellingEcho { fixture async throws in
      let scope = CallScope(deadline: ContinuousClock.now + .seconds(20))
      try await scope.run {
        #expect(try await fixture.echo("") == "2 none")
        let long = CallOptions(deadline: .seconds(100))
        #expect(try await fixture.echo("", options: long) == "2 none")
        let short = CallOptions(deadline: .seconds(10))
        #expect(try await fixture.echo("", options: short) == "1 none")
        for try await response in fixture.list(0) { #expect(response == LogsResponse("2")) }
      }
      for try await response in fixture.list(0) { #expect(response == LogsResponse("none")) }
    }
  }

  @Test func `a task that a handler leaves behind stays in the scope of its call`() async throws {
    let (gate, seen) = (Gate(), Box<Set<String>>([]))
    try await RPCFixture.with { setup in
      setup.router.add(TestMethods.change) { request, _ async throws(RPCStatus) in
        let number = request.deploymentID
        Task {
          await gate.wait()
          let left = CallScope.current?.deadline.map { $0 - ContinuousClock.now }
          seen.insert("\(number) in \(Self.tens(left) ?? "none")")
        }
        return ""
      }
      setup.router.addEcho()
    } _: { fixture async throws in
      try await withThrowingTaskGroup { group in
        for number in 1...50 {
          group.addTask {
            let options = CallOptions(deadline: .seconds(number * 10))
            _ = try await fixture.change("\(number)", options: options)
            // By the same drivers, or those that follow them.
            _ = try await fixture.echo("", options: CallOptions(deadline: .seconds(2_000)))
          }
        }
        try await group.waitForAll()
      }
      gate.open()
      let expected = Set((1...50).map { "\($0) in \($0)" })
      try await eventually("each saw its own deadline") { seen.value == expected }
    }
  }

  @Test func `a scope that is over leaves no time`() async throws {
    try await tellingEcho { fixture async throws in
      let scope = CallScope(deadline: ContinuousClock.now - .seconds(1))
      let status = await scope.run {
        await #expect(throws: RPCStatus.self) { try await fixture.echo("") }
      }
      #expect(status?.code == .deadlineExceeded)
    }
  }

  @Test func `the trace goes on, unless the call brings its own`() async throws {
    try await tellingEcho { fixture async throws in
      let scope = CallScope(traceparent: Self.trace)
      try await scope.run { () async throws in
        #expect(try await fixture.echo("") == "3 \(Self.trace)")
        let own = CallOptions(metadata: ["traceparent": "00-own"])
        #expect(try await fixture.echo("", options: own) == "3 00-own")
      }
    }
  }
}
