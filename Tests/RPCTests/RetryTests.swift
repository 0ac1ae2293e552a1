import EventLoop
import Messages
import RPCClient
import RPCServer
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct RetryTests {
  /// Fails `failures` times with `status`, then answers.
  private static func failing(
    _ failures: Int, _ calls: Counter, with status: RPCStatus = RPCStatus(.unavailable, "away")
  ) -> @Sendable (LogsRequest, CallContext) async throws(RPCStatus) -> String {
    { _, _ async throws(RPCStatus) in
      if calls.increment() <= failures { throw status }
      return "at last"
    }
  }

  @Test func `a method without side effects is tried again while the server is away`() async throws
  {
    let calls = Counter()
    try await RPCFixture.with {
      $0.router.add(TestMethods.echo, Self.failing(2, calls))
    } _: { fixture async throws in
      #expect(try await fixture.echo("") == "at last")
      #expect(calls.value == 3)
    }
  }

  @Test func `a method that may have done something is not tried again`() async throws {
    let calls = Counter()
    try await RPCFixture.with {
      $0.router.add(TestMethods.change, Self.failing(2, calls))
    } _: { fixture async throws in
      let status = await #expect(throws: RPCStatus.self) { try await fixture.change() }
      #expect(status == RPCStatus(.unavailable, "away"))
      #expect(calls.value == 1)
    }
  }

  @Test func `attempts are bounded, and other failures are not repeated`() async throws {
    let (calls, others) = (Counter(), Counter())
    try await RPCFixture.with { setup in
      setup.router.add(TestMethods.echo, Self.failing(.max, calls))
    } _: { fixture async throws in
      _ = await #expect(throws: RPCStatus.self) { try await fixture.echo("") }
      #expect(calls.value == 4)
      var options = CallOptions()
      options.retries = false
      _ = await #expect(throws: RPCStatus.self) { try await fixture.echo("", options: options) }
      #expect(calls.value == 5)
    }
    try await RPCFixture.with {
      $0.router.add(
        TestMethods.echo, Self.failing(1, others, with: RPCStatus(.resourceExhausted, "full")))
    } _: { fixture async throws in
      _ = await #expect(throws: RPCStatus.self) { try await fixture.echo("") }
      #expect(others.value == 1)
    }
  }

  @Test func `the server says how long to wait, and a wait past the deadline is not begun`()
    async throws
  {
    let calls = Counter()
    let status = RPCStatus(
      .unavailable, "away", details: [.retryInfo(delay: .seconds(2))])
    try await RPCFixture.with {
      $0.router.add(TestMethods.echo, Self.failing(1, calls, with: status))
    } _: { fixture async throws in
      let begin = ContinuousClock.now
      let early = await #expect(throws: RPCStatus.self) {
        try await fixture.echo("", options: CallOptions(deadline: .milliseconds(1_900)))
      }
      #expect(early == status)
      #expect(ContinuousClock.now - begin < .milliseconds(1_900))
      #expect(calls.value == 1)
    }
    let second = Counter()
    try await RPCFixture.with {
      $0.router.add(TestMethods.echo, Self.failing(1, second, with: status))
    } _: { fixture async throws in
      let begin = ContinuousClock.now
      #expect(try await fixture.echo("") == "at last")
      #expect(ContinuousClock.now - begin >= .seconds(2))
    }
  }

  @Test func `a stream is tried again before its first response and not after`() async throws {
    let calls = Counter()
    try await RPCFixture.with { setup in
      setup.router.serverStreaming(TestMethods.list) {
        (request: LogsRequest, responses: ResponseWriter<LogsResponse>, _: CallContext)
          async throws(RPCStatus) in
        let call = calls.increment()
        if request.follow { try await responses.write(LogsResponse()) }
        if request.follow || call == 1 { throw RPCStatus(.unavailable, "away") }
        try await responses.write(LogsResponse("at last"))
      }
    } _: { fixture async throws in
      for try await response in fixture.list(0) { #expect(response == LogsResponse("at last")) }
      #expect(calls.value == 2)
      var received = 0
      let stream: ResponseStream<LogsResponse> = fixture.channel.serverStreaming(
        TestMethods.list, LogsRequest(follow: true))
      _ = await #expect(throws: RPCStatus.self) { for try await _ in stream { received += 1 } }
      #expect(received == 1)
      #expect(calls.value == 3)
    }
  }

  @Test func `retries stop when too many calls needed them`() async throws {
    let calls = Counter()
    try await RPCFixture.with {
      $0.router.add(TestMethods.echo, Self.failing(.max, calls))
    } _: { fixture async throws in
      await withTaskGroup { group in
        for _ in 0..<20 { group.addTask { _ = try? await fixture.echo("") } }
      }
      // Twenty first attempts and ten retries on credit.
      #expect(calls.value == 30)
    }
  }
}
