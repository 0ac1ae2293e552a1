import EventLoop
import Messages
import RPCClient
import RPCServer
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct DeadlineTests {
  @Test func `a call past its deadline ends and its handler is cancelled`() async throws {
    let (gate, cancelled) = (Gate(), Gate())
    try await RPCFixture.with {
      $0.router.add(TestMethods.change) { _, context async throws(RPCStatus) in
        await gate.wait()
        if context.isCancelled, Task.isCancelled { cancelled.open() }
        return ""
      }
      $0.router.addEcho()
    } _: { fixture async throws in
      let begin = ContinuousClock.now
      let status = await #expect(throws: RPCStatus.self) {
        try await fixture.change(options: CallOptions(deadline: .milliseconds(60)))
      }
      #expect(status?.code == .deadlineExceeded)
      #expect(ContinuousClock.now - begin >= .milliseconds(60))
      await cancelled.wait()
      #expect(try await fixture.echo("next") == "next")
    }
  }

  @Test func `the handler sees what is left of the caller's deadline`() async throws {
    try await RPCFixture.with {
      $0.router.add(TestMethods.echo) { _, context async throws(RPCStatus) in
        guard let left = context.remaining else { return "none" }
        return left > .seconds(15) && left <= .seconds(20) ? "right" : "\(left)"
      }
    } _: { fixture async throws in
      #expect(
        try await fixture.echo("", options: CallOptions(deadline: .seconds(20))) == "right")
      // A loop that is late has an old clock, which must not make a deadline longer.
      let late = try await fixture.clientLoop.run { () async throws in
        let end = EventLoop.clock() + 50_000_000
        while EventLoop.clock() < end {}
        return try await fixture.echo("", options: CallOptions(deadline: .seconds(20)))
      }
      #expect(late == "right")
    }
  }

  @Test func `a stream has no deadline unless it brings one`() async throws {
    try await RPCFixture.with { setup in
      setup.router.serverStreaming(TestMethods.list) {
        (_: LogsRequest, responses: ResponseWriter<LogsResponse>, context: CallContext)
          async throws(RPCStatus) in
        try await responses.write(LogsResponse(context.remaining == nil ? "none" : "some"))
        if context.remaining != nil { await Gate().wait() }
      }
    } _: { fixture async throws in
      for try await response in fixture.list(0) { #expect(response == LogsResponse("none")) }
      let status = await #expect(throws: RPCStatus.self) {
        for try await response in fixture.list(
          0, options: CallOptions(deadline: .milliseconds(50)))
        { #expect(response == LogsResponse("some")) }
      }
      #expect(status?.code == .deadlineExceeded)
    }
  }

  @Test func `the server's own longest deadline holds against a caller who wants more`()
    async throws
  {
    try await RPCFixture.with { setup in
      var policy = DeadlinePolicy()
      policy.longestUnary = .milliseconds(40)
      setup.interceptors = [policy]
      setup.router.add(TestMethods.change) { _, _ async throws(RPCStatus) in
        await Gate().wait()
        return ""
      }
    } _: { fixture async throws in
      let status = await #expect(throws: RPCStatus.self) {
        try await fixture.change(options: CallOptions(deadline: .seconds(50)))
      }
      #expect(status == RPCStatus(.deadlineExceeded, "the deadline passed"))
    }
  }

  @Test func `a call without a deadline gets the server's, whichever kind it is`() async throws {
    try await RPCFixture.with { setup in
      var policy = DeadlinePolicy()
      policy.unary = .milliseconds(30)
      policy.streaming = .milliseconds(30)
      setup.interceptors = [policy]
      setup.router.add(TestMethods.change) { _, context async throws(RPCStatus) in
        await Gate().wait()
        return ""
      }
      setup.router.serverStreaming(TestMethods.list) {
        (_: LogsRequest, responses: ResponseWriter<LogsResponse>, context: CallContext)
          async throws(RPCStatus) in
        try await responses.write(LogsResponse(context.remaining == nil ? "none" : "some"))
        await Gate().wait()
      }
    } _: { fixture async throws in
      let status = await #expect(throws: RPCStatus.self) { try await fixture.change() }
      #expect(status?.code == .deadlineExceeded)
      let streamed = await #expect(throws: RPCStatus.self) {
        for try await response in fixture.list(0) { #expect(response == LogsResponse("some")) }
      }
      #expect(streamed?.code == .deadlineExceeded)
    }
  }

  @Test func `a deadline that an interceptor sets after waiting ends the call too`() async throws {
    try await RPCFixture.with { setup in
      setup.interceptors = [LateLimit()]
      setup.router.add(TestMethods.change) { _, _ async throws(RPCStatus) in
        await Gate().wait()
        return ""
      }
    } _: { fixture async throws in
      let status = await #expect(throws: RPCStatus.self) { try await fixture.change() }
      #expect(status == RPCStatus(.deadlineExceeded, "the deadline passed"))
    }
  }

  @Test func `the server ends a call by itself where its client enforces nothing`() async throws {
    let (gate, ended) = (Gate(), Gate())
    try await RPCFixture.with {
      $0.router.add(TestMethods.change) { _, context async throws(RPCStatus) in
        await gate.wait()
        if context.isCancelled, Task.isCancelled { ended.open() }
        return ""
      }
    } _: { fixture async throws in
      let connection = try RawConnection.connect(port: fixture.port)
      let begin = ContinuousClock.now
      try connection.send(
        .settings(),
        .open(TestMethods.change.path, stream: 1, timeoutMicroseconds: 50_000))
      let status = try connection.receive("STATUS") { $0.type == .status }
      #expect(status.stream == 1)
      #expect(status.payload.first == StatusCode.deadlineExceeded.rawValue)
      #expect(ContinuousClock.now - begin >= .milliseconds(50))
      await ended.wait()
      // The stream's place is free, and the connection serves the next call.
      try connection.send(
        .open(TestMethods.change.path, stream: 3, timeoutMicroseconds: 1_000))
      let next = try connection.receive("STATUS") { $0.type == .status }
      #expect(next.stream == 3)
      #expect(next.payload.first == StatusCode.deadlineExceeded.rawValue)
      connection.close()
    }
  }

  @Test func `many deadlines at once, in no order, each end in their own time`() async throws {
    try await RPCFixture.with {
      $0.router.add(TestMethods.change) { _, context async throws(RPCStatus) in
        await Gate().wait()
        return ""
      }
    } _: { fixture async throws in
      let early = Counter()
      await withTaskGroup { group in
        for number in 0..<120 {
          let timeout = Duration.milliseconds(5 + (number * 37) % 113)
          group.addTask {
            let begin = ContinuousClock.now
            do {
              _ = try await fixture.change(options: CallOptions(deadline: timeout))
              early.increment()
            } catch {
              let isRight = (error as? RPCStatus)?.code == .deadlineExceeded
              if !isRight || ContinuousClock.now - begin < timeout { early.increment() }
            }
          }
        }
      }
      #expect(early.value == 0)
    }
  }
}

/// Bounds calls once it has waited.
private struct LateLimit: ServerInterceptor {
  func begin(_ call: CallContext) -> Admission {
    .pending { call async throws(RPCStatus) in
      await Task.yield()
      call.limitDeadline(to: .milliseconds(30))
    }
  }
}
