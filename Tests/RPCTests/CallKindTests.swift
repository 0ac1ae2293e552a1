import EventLoop
import Messages
import RPCClient
import RPCServer
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct CallKindTests {
  @Test func `a unary call answers with what its handler returned`() async throws {
    try await RPCFixture.with {
      $0.router.addEcho()
    } _: { fixture async throws in
      #expect(try await fixture.echo("hello") == "hello")
      #expect(try await fixture.echo("") == "")
    }
  }

  @Test(arguments: [16_000, 16_384, 100_000, 3_000_000])
  func `a large message goes both ways`(bytes: Int) async throws {
    try await RPCFixture.with {
      $0.router.addEcho()
    } _: { fixture async throws in
      let text = String(repeating: "x", count: bytes)
      #expect(try await fixture.echo(text) == text)
    }
  }

  @Test func `a message over the server's bound is refused and the connection goes on`()
    async throws
  {
    try await RPCFixture.with {
      $0.router.addEcho()
    } _: { fixture async throws in
      let text = String(repeating: "x", count: 5 << 20)
      let status = await #expect(throws: RPCStatus.self) { try await fixture.echo(text) }
      #expect(status?.code == .resourceExhausted)
      #expect(try await fixture.echo("small") == "small")
    }
  }

  @Test func `a response over the client's bound fails its call alone`() async throws {
    try await RPCFixture.with { setup in
      setup.options.messageBytes = 1 << 16
      setup.router.addEcho()
    } _: { fixture async throws in
      let text = String(repeating: "x", count: 100_000)
      let status = await #expect(throws: RPCStatus.self) { try await fixture.echo(text) }
      #expect(status?.code == .resourceExhausted)
      #expect(status?.message.contains("65536") == true)
      #expect(try await fixture.echo("small") == "small")
    }
  }

  @Test func `responses come in order and the sequence ends with the call`() async throws {
    try await RPCFixture.with {
      $0.router.addList()
    } _: { fixture async throws in
      var received: [Int32] = []
      for try await response in fixture.list(500) { received.append(response.attempt) }
      #expect(received == Array(1...500))
      for try await _ in fixture.list(0) { Issue.record("a response to an empty stream") }
    }
  }

  @Test func `a status after some responses is thrown behind them`() async throws {
    try await RPCFixture.with { setup in
      setup.router.serverStreaming(TestMethods.list) {
        (_: LogsRequest, responses: ResponseWriter<LogsResponse>, _: CallContext)
          async throws(RPCStatus) in
        try await responses.write(LogsResponse("one"))
        throw RPCStatus(.dataLoss, "the rest is gone")
      }
    } _: { fixture async throws in
      var received = 0
      let status = await #expect(throws: RPCStatus.self) {
        for try await _ in fixture.list(0) { received += 1 }
      }
      #expect(received == 1)
      #expect(status == RPCStatus(.dataLoss, "the rest is gone"))
    }
  }

  @Test func `requests are collected into one response`() async throws {
    try await RPCFixture.with { setup in
      setup.router.clientStreaming(TestMethods.collect) {
        (requests: RequestStream<LogsRequest>, _: CallContext) async throws(RPCStatus)
          -> LogsResponse in
        var texts: [String] = []
        for try await request in requests { texts.append(request.deploymentID) }
        return LogsResponse(texts.joined(separator: ","))
      }
    } _: { fixture async throws in
      let call: ClientStreamingCall<LogsRequest, LogsResponse> =
        try await fixture.channel.clientStreaming(TestMethods.collect)
      for text in ["a", "", "b"] { try await call.send(LogsRequest(deploymentID: text)) }
      #expect(try await call.finish() == LogsResponse("a,,b"))

      let empty: ClientStreamingCall<LogsRequest, LogsResponse> =
        try await fixture.channel.clientStreaming(TestMethods.collect)
      #expect(try await empty.finish() == LogsResponse(""))
    }
  }

  @Test func `an empty request costs credit and gives it back, so any number may come`()
    async throws
  {
    // Twice what the window of a stream has room for.
    let count = 10_000
    try await RPCFixture.with { setup in
      setup.router.clientStreaming(TestMethods.collect) {
        (requests: RequestStream<LogsRequest>, _: CallContext) async throws(RPCStatus)
          -> LogsResponse in
        var received: Int32 = 0
        for try await request in requests {
          guard request == LogsRequest() else { throw RPCStatus(.dataLoss, "not empty") }
          received += 1
        }
        return LogsResponse(attempt: received)
      }
    } _: { fixture async throws in
      let call: ClientStreamingCall<LogsRequest, LogsResponse> =
        try await fixture.channel.clientStreaming(TestMethods.collect)
      for _ in 0..<count { try await call.send(LogsRequest()) }
      #expect(try await call.finish().attempt == Int32(count))
    }
  }

  @Test func `both sides of a conversation take turns`() async throws {
    try await RPCFixture.with {
      $0.router.addChat()
    } _: { fixture async throws in
      let call: BidirectionalCall<LogsRequest, LogsResponse> =
        try await fixture.channel.bidirectional(TestMethods.chat)
      var responses = call.responses.makeAsyncIterator()
      for size in [0, 1, 20_000, 300_000] {
        let text = String(repeating: "y", count: size)
        try await call.send(LogsRequest(deploymentID: text))
        #expect(try await responses.next() == LogsResponse(text))
      }
      call.finishSending()
      #expect(try await responses.next() == nil)
      let status = await #expect(throws: RPCStatus.self) { try await call.send(LogsRequest()) }
      #expect(status?.code == .failedPrecondition)
    }
  }

  @Test func `a unary call may open its stream and send its request later`() async throws {
    // Through a streaming descriptor of the same path: OPEN, DATA, END instead of one frame.
    try await RPCFixture.with {
      $0.router.addEcho()
    } _: { fixture async throws in
      let late = MethodDescriptor(
        service: TestMethods.echo.service, name: TestMethods.echo.name, requestStreaming: true,
        responseStreaming: false, idempotency: .unknown, input: LogsRequest.self,
        output: LogsResponse.self)
      let call: ClientStreamingCall<LogsRequest, LogsResponse> =
        try await fixture.channel.clientStreaming(late)
      try await call.send(LogsRequest(deploymentID: "late"))
      #expect(try await call.finish() == LogsResponse("late"))

      let two: ClientStreamingCall<LogsRequest, LogsResponse> =
        try await fixture.channel.clientStreaming(late)
      try await two.send(LogsRequest())
      try await two.send(LogsRequest())
      let status = await #expect(throws: RPCStatus.self) { _ = try await two.finish() }
      #expect(status?.code == .invalidArgument)

      let none: ClientStreamingCall<LogsRequest, LogsResponse> =
        try await fixture.channel.clientStreaming(late)
      let missing = await #expect(throws: RPCStatus.self) { _ = try await none.finish() }
      #expect(missing?.code == .invalidArgument)
    }
  }

  @Test func `generated handlers and clients fit together`() async throws {
    try await RPCFixture.with {
      TestHealth().register(in: &$0.router)
    } _: { fixture async throws in
      let health = HealthServiceClient(fixture.channel)
      #expect(try await health.check(HealthCheckRequest()).status == .serving)
      var seen: [HealthCheckResponse.Status] = []
      for try await response in health.watch(HealthCheckRequest()) { seen.append(response.status) }
      #expect(seen == [.serving, .notServing])
    }
  }

  @Test func `a thousand calls at once all get their own answers`() async throws {
    try await RPCFixture.with { setup in
      setup.loops = 2
      setup.router.add(TestMethods.echo) { request, context async throws(RPCStatus) in
        // Half of them suspend.
        if request.tailLines.isMultiple(of: 2) {
          try? await context.loop.sleep(for: .milliseconds(2))
        }
        return request.deploymentID
      }
    } _: { fixture async throws in
      let wrong = Counter()
      try await withThrowingTaskGroup { group in
        for number in 0..<1_000 {
          group.addTask {
            let request = LogsRequest(deploymentID: "call \(number)", tailLines: Int32(number))
            let response: LogsResponse = try await fixture.channel.unary(TestMethods.echo, request)
            if response != LogsResponse("call \(number)") { wrong.increment() }
          }
        }
        try await group.waitForAll()
      }
      #expect(wrong.value == 0)
    }
  }

  @Test func `a handler is on its loop's thread across every suspension`() async throws {
    let hops = Counter()
    try await RPCFixture.with { setup in
      setup.router.add(TestMethods.echo) { _, context async throws(RPCStatus) in
        await Self.countHops(context.loop, in: hops)
        return ""
      }
      setup.router.bidirectional(TestMethods.chat) {
        (
          requests: RequestStream<LogsRequest>, responses: ResponseWriter<LogsResponse>,
          context: CallContext
        ) async throws(RPCStatus) in
        while try await requests.next() != nil {
          await Self.countHops(context.loop, in: hops)
          try await responses.write(LogsResponse())
          if !context.loop.isCurrent { hops.increment() }
        }
      }
    } _: { fixture async throws in
      for _ in 0..<20 { _ = try await fixture.echo("") }
      let call: BidirectionalCall<LogsRequest, LogsResponse> =
        try await fixture.channel.bidirectional(TestMethods.chat)
      var responses = call.responses.makeAsyncIterator()
      for _ in 0..<20 {
        try await call.send(LogsRequest())
        _ = try await responses.next()
      }
      call.finishSending()
      #expect(try await responses.next() == nil)
    }
    #expect(hops.value == 0)
  }

  private static func countHops(_ loop: EventLoop, in hops: Counter) async {
    if !loop.isCurrent { hops.increment() }
    await Task.yield()
    if !loop.isCurrent { hops.increment() }
    try? await loop.sleep(for: .microseconds(100))
    if !loop.isCurrent { hops.increment() }
  }
}

private struct TestHealth: HealthServiceHandler {
  func check(
    _ request: HealthCheckRequest, context: CallContext
  ) async throws(RPCStatus) -> HealthCheckResponse {
    HealthCheckResponse(status: .serving)
  }

  func watch(
    _ request: HealthCheckRequest, responses: ResponseWriter<HealthCheckResponse>,
    context: CallContext
  ) async throws(RPCStatus) {
    try await responses.write(HealthCheckResponse(status: .serving))
    try await responses.write(HealthCheckResponse(status: .notServing))
  }
}
