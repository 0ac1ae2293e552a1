import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct CancellationTests {
  @Test func `cancelling the caller's task cancels a unary handler`() async throws {
    let (gate, cancelled) = (Gate(), Gate())
    try await RPCFixture.with { setup in
      setup.router.add(TestMethods.change) { _, context async throws(RPCStatus) in
        await gate.wait()
        if context.isCancelled, Task.isCancelled { cancelled.open() }
        return ""
      }
      setup.router.addEcho()
    } _: { fixture async throws in
      let call = Task { try await fixture.change() }
      try await eventually("the handler runs") { gate.arrived == 1 }
      call.cancel()
      let status = await #expect(throws: RPCStatus.self) { try await call.value }
      #expect(status?.code == .cancelled)
      await cancelled.wait()
      // Its driver ended with it; the next call has another.
      #expect(try await fixture.echo("next") == "next")
    }
  }

  @Test func `a call that was cancelled before it began is not made`() async throws {
    let ran = Counter()
    try await RPCFixture.with {
      $0.router.add(TestMethods.change) { _, _ async throws(RPCStatus) in
        ran.increment()
        return ""
      }
      $0.router.addEcho()
    } _: { fixture async throws in
      let begun = Gate()
      let call = Task {
        await begun.waitUncancellably()
        return try await fixture.change()
      }
      call.cancel()
      begun.open()
      let status = await #expect(throws: RPCStatus.self) { try await call.value }
      #expect(status?.code == .cancelled)
      _ = try await fixture.echo("")
      #expect(ran.value == 0)
    }
  }

  @Test func `leaving a loop over responses ends the handler`() async throws {
    let ended = Gate()
    try await RPCFixture.with {
      $0.router.addEndless(ended)
    } _: { fixture async throws in
      for try await _ in fixture.list(0) { break }
      await ended.wait()
    }
  }

  @Test func `letting a stream go that was never read ends the handler`() async throws {
    let (started, ended) = (Gate(), Gate())
    try await RPCFixture.with { setup in
      setup.router.serverStreaming(TestMethods.list) {
        (_: LogsRequest, _: ResponseWriter<LogsResponse>, _: CallContext)
          async throws(RPCStatus) in
        started.open()
        await Gate().wait()
        ended.open()
      }
    } _: { fixture async throws in
      do {
        let stream = fixture.list(0)
        await started.wait()
        _ = stream
      }
      await ended.wait()
    }
  }

  @Test func `cancelling the reader's task ends the handler and is thrown`() async throws {
    let (started, ended) = (Gate(), Gate())
    try await RPCFixture.with { setup in
      setup.router.serverStreaming(TestMethods.list) {
        (_: LogsRequest, _: ResponseWriter<LogsResponse>, _: CallContext)
          async throws(RPCStatus) in
        started.open()
        await Gate().wait()
        ended.open()
      }
    } _: { fixture async throws in
      let reader = Task { for try await _ in fixture.list(0) {} }
      await started.wait()
      reader.cancel()
      let status = await #expect(throws: RPCStatus.self) { try await reader.value }
      #expect(status?.code == .cancelled)
      await ended.wait()
    }
  }

  @Test func `letting a conversation go tells the handler that waits for requests`() async throws {
    let seen = Box<StatusCode?>(nil)
    let ended = Gate()
    try await RPCFixture.with { setup in
      setup.router.bidirectional(TestMethods.chat) {
        (
          requests: RequestStream<LogsRequest>, responses: ResponseWriter<LogsResponse>,
          _: CallContext
        ) async throws(RPCStatus) in
        try await responses.write(LogsResponse())
        do throws(RPCStatus) {
          while try await requests.next() != nil {}
        } catch {
          seen.value = error.code
        }
        ended.open()
      }
    } _: { fixture async throws in
      do {
        let call: BidirectionalCall<LogsRequest, LogsResponse> =
          try await fixture.channel.bidirectional(TestMethods.chat)
        var responses = call.responses.makeAsyncIterator()
        _ = try await responses.next()
      }
      await ended.wait()
      #expect(seen.value == .cancelled)
    }
  }

  @Test func `a handler that ends early ends the conversation for the client`() async throws {
    try await RPCFixture.with { setup in
      setup.router.bidirectional(TestMethods.chat) {
        (
          requests: RequestStream<LogsRequest>, _: ResponseWriter<LogsResponse>, _: CallContext
        ) async throws(RPCStatus) in
        _ = try await requests.next()
        throw RPCStatus(.aborted, "another one attached")
      }
    } _: { fixture async throws in
      let call: BidirectionalCall<LogsRequest, LogsResponse> =
        try await fixture.channel.bidirectional(TestMethods.chat)
      try await call.send(LogsRequest())
      let read = await #expect(throws: RPCStatus.self) {
        for try await _ in call.responses {}
      }
      #expect(read == RPCStatus(.aborted, "another one attached"))
      let sent = await #expect(throws: RPCStatus.self) { try await call.send(LogsRequest()) }
      #expect(sent == read)
    }
  }

  @Test func `a lost connection cancels its handlers and tells their callers`() async throws {
    let (gate, cancelled) = (Gate(), Gate())
    try await RPCFixture.with {
      $0.router.add(TestMethods.change) { _, context async throws(RPCStatus) in
        await gate.wait()
        if context.isCancelled { cancelled.open() }
        return ""
      }
    } _: { fixture async throws in
      let relay = try TCPRelay(to: Int(fixture.port))
      let channel = try await RPCFixture.connect(
        ChannelOptions(), loop: fixture.clientLoop, port: UInt16(relay.port))
      let call = Task { () async throws -> LogsResponse in
        try await channel.unary(TestMethods.change, LogsRequest())
      }
      try await eventually("the handler runs") { gate.arrived == 1 }
      relay.cut()
      let status = await #expect(throws: RPCStatus.self) { try await call.value }
      #expect(status?.code == .unavailable)
      #expect(status?.message.contains("was lost") == true)
      await cancelled.wait()
      await channel.close(grace: .zero)
    }
  }
}

extension Router {
  /// `List` writes for ever and opens the gate when it is cancelled.
  fileprivate mutating func addEndless(_ ended: Gate) {
    serverStreaming(TestMethods.list) {
      (_: LogsRequest, responses: ResponseWriter<LogsResponse>, _: CallContext)
        async throws(RPCStatus) in
      defer { ended.open() }
      while true {
        try await responses.write(LogsResponse(data: [UInt8](repeating: 1, count: 1_000)))
      }
    }
  }
}
