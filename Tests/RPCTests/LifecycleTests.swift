import EventLoop
import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
import Transport
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct LifecycleTests {
  @Test func `calls go on when the server was restarted`() async throws {
    try await RPCFixture.with {
      $0.router.addEcho()
    } _: { fixture async throws in
      #expect(try await fixture.echo("before") == "before")
      let port = fixture.port
      await fixture.server.drain(grace: .seconds(1))
      var setup = RPCFixture.Setup()
      setup.configuration.port = port
      setup.router.addEcho()
      let second = try await RPCFixture.startServer(setup, group: fixture.group)
      #expect(
        try await fixture.echo("after", options: CallOptions(waitForReady: true)) == "after")
      await second.shutdown()
    }
  }

  @Test func `a call without a server fails at once, with the reason, unless it may wait`()
    async throws
  {
    try await RPCFixture.with {
      $0.router.addEcho()
    } _: { fixture async throws in
      let port = fixture.port
      await fixture.server.shutdown()
      let status = await #expect(throws: RPCStatus.self) { try await fixture.echo("") }
      #expect(
        status
          == RPCStatus(.unavailable, "cannot connect to 127.0.0.1:\(port): connection refused"))
      let late = await #expect(throws: RPCStatus.self) {
        try await fixture.echo(
          "", options: CallOptions(deadline: .milliseconds(50), waitForReady: true))
      }
      #expect(late?.code == .deadlineExceeded)
      #expect(late?.message.contains("connection refused") == true)

      let waiting = Task {
        try await fixture.echo("patient", options: CallOptions(waitForReady: true))
      }
      var setup = RPCFixture.Setup()
      setup.configuration.port = port
      setup.router.addEcho()
      let second = try await RPCFixture.startServer(setup, group: fixture.group)
      #expect(try await waiting.value == "patient")
      await second.shutdown()
    }
  }

  @Test func `a drain lets calls in flight end and tells those that ask`() async throws {
    let gate = Gate()
    let told = Counter()
    try await RPCFixture.with { setup in
      setup.router.add(TestMethods.change) { _, context async throws(RPCStatus) in
        context.onDrain {
          told.increment()
          gate.open()
        }
        await gate.wait()
        return context.isDraining ? "ended in order" : "not told"
      }
    } _: { fixture async throws in
      let call = Task { try await fixture.change() }
      try await eventually("the handler runs") { gate.arrived == 1 }
      await fixture.server.drain(grace: .seconds(20))
      #expect(try await call.value == "ended in order")
      #expect(told.value == 1)
    }
  }

  @Test func `a handler that outlasts the drain's grace is cancelled`() async throws {
    let gate = Gate()
    try await RPCFixture.with { setup in
      setup.router.add(TestMethods.change) { _, _ async throws(RPCStatus) in
        await gate.wait()
        return ""
      }
    } _: { fixture async throws in
      let call = Task { try await fixture.change() }
      try await eventually("the handler runs") { gate.arrived == 1 }
      await fixture.server.drain(grace: .milliseconds(50))
      let status = await #expect(throws: RPCStatus.self) { try await call.value }
      #expect(status?.code == .unavailable)
    }
  }

  @Test func `closing a channel lets its calls end and refuses new ones`() async throws {
    let gate = Gate()
    try await RPCFixture.with { setup in
      setup.router.addEcho()
      setup.router.add(TestMethods.change) { _, _ async throws(RPCStatus) in
        await gate.wait()
        return "done"
      }
    } _: { fixture async throws in
      let channel = try await RPCFixture.connect(
        ChannelOptions(), loop: fixture.clientLoop, port: fixture.port)
      let call = Task { () async throws -> LogsResponse in
        try await channel.unary(TestMethods.change, LogsRequest())
      }
      try await eventually("the handler runs") { gate.arrived == 1 }
      async let closed: Void = channel.close(grace: .seconds(20))
      try await eventually("new calls are refused") {
        do {
          let _: LogsResponse = try await channel.unary(TestMethods.echo, LogsRequest())
          return false
        } catch {
          return error as? RPCStatus == RPCStatus(.unavailable, "the channel is closed")
        }
      }
      gate.open()
      #expect(try await call.value == LogsResponse("done"))
      await closed
    }
  }

  @Test func `handlers of a connection are bounded, and a cancelled one keeps its place`()
    async throws
  {
    let gate = Gate()
    try await RPCFixture.with { setup in
      setup.configuration.limits.runningHandlers = 2
      setup.router.addEcho()
      setup.router.add(TestMethods.change) { _, _ async throws(RPCStatus) in
        await gate.waitUncancellably()
        return "done"
      }
    } _: { fixture async throws in
      var once = CallOptions()
      once.retries = false
      let options = once
      let first = Task { try await fixture.change(options: options) }
      let second = Task { try await fixture.change(options: options) }
      try await eventually("both run") { gate.arrived == 2 }
      let refused = await #expect(throws: RPCStatus.self) {
        try await fixture.echo("", options: options)
      }
      #expect(refused?.code == .unavailable)
      #expect(refused?.message.contains("refused") == true)
      second.cancel()
      _ = await #expect(throws: RPCStatus.self) { try await second.value }
      _ = await #expect(throws: RPCStatus.self) {
        try await fixture.echo("", options: options)
      }
      let patient = Task { try await fixture.change() }
      gate.open()
      #expect(try await first.value == "done")
      // Refused calls are tried again, whatever the method.
      #expect(try await patient.value == "done")
    }
  }

  @Test func `a handler that writes faster than the caller reads waits`() async throws {
    let written = Counter()
    try await RPCFixture.with { setup in
      setup.router.serverStreaming(TestMethods.list) {
        (request: LogsRequest, responses: ResponseWriter<LogsResponse>, _: CallContext)
          async throws(RPCStatus) in
        for number in 1...request.tailLines {
          try await responses.write(
            LogsResponse(data: [UInt8](repeating: 0, count: 10_000), attempt: number))
          written.increment()
        }
      }
      setup.router.addEcho()
    } _: { fixture async throws in
      let stream = fixture.list(1_000)
      var iterator = stream.makeAsyncIterator()
      _ = try await iterator.next()
      // Other calls of the connection are not held up by the stream that nobody reads.
      for _ in 0..<20 { #expect(try await fixture.echo("beside") == "beside") }
      let stopped = written.value
      #expect(stopped < 200)
      for _ in 0..<20 { _ = try await fixture.echo("beside") }
      #expect(written.value == stopped)
      var received = 1
      while try await iterator.next() != nil { received += 1 }
      #expect(received == 1_000)
      #expect(written.value == 1_000)
    }
  }

  @Test func `a caller that sends faster than the handler reads waits`() async throws {
    let gate = Gate()
    let sent = Counter()
    try await RPCFixture.with { setup in
      setup.router.clientStreaming(TestMethods.collect) {
        (requests: RequestStream<LogsRequest>, _: CallContext) async throws(RPCStatus)
          -> LogsResponse in
        await gate.wait()
        var bytes = 0
        for try await request in requests { bytes += request.deploymentID.utf8.count }
        return LogsResponse("\(bytes)")
      }
      setup.router.addEcho()
    } _: { fixture async throws in
      let call: ClientStreamingCall<LogsRequest, LogsResponse> =
        try await fixture.channel.clientStreaming(TestMethods.collect)
      let text = String(repeating: "z", count: 10_000)
      let sender = Task {
        for _ in 0..<500 {
          try await call.send(LogsRequest(deploymentID: text))
          sent.increment()
        }
      }
      try await eventually("the handler runs") { gate.arrived == 1 }
      var stopped = -1
      try await eventually("the sender waits") {
        for _ in 0..<20 { _ = try await fixture.echo("beside") }
        defer { stopped = sent.value }
        return sent.value == stopped
      }
      #expect(stopped < 200)
      gate.open()
      try await sender.value
      #expect(try await call.finish() == LogsResponse("5000000"))
    }
  }

  @Test func `more calls than a connection has streams wait for one`() async throws {
    try await RPCFixture.with { setup in
      setup.configuration.transport.streams = 8
      setup.router.add(TestMethods.echo) { request, context async throws(RPCStatus) in
        try? await context.loop.sleep(for: .milliseconds(1))
        return request.deploymentID
      }
    } _: { fixture async throws in
      try await withThrowingTaskGroup { group in
        for number in 0..<200 {
          group.addTask { () async throws in
            #expect(try await fixture.echo("\(number)") == "\(number)")
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func `a port that is taken is an error in one line`() async throws {
    try await RPCFixture.with {
      $0.router.addEcho()
    } _: { fixture async throws in
      var setup = RPCFixture.Setup()
      setup.configuration.port = fixture.port
      let taken = setup
      let error = await #expect(throws: StartError.self) {
        _ = try await RPCFixture.startServer(taken, group: fixture.group)
      }
      #expect(
        error?.description
          == "cannot listen on 127.0.0.1:\(fixture.port): bind: Address already in use")
    }
  }
}
