import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
import Transport
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct ServerBoundTests {
  @Test func `requests of a method wait for its drivers, and one that is given up never runs`()
    async throws
  {
    let gate = Gate()
    let ran = Box<[String]>([])
    try await RPCFixture.with { setup in
      setup.configuration.limits.drivers = 1
      setup.router.addEcho()
      setup.router.add(TestMethods.change) { request, _ async throws(RPCStatus) in
        ran.value += [request.deploymentID]
        await gate.wait()
        return request.deploymentID
      }
    } _: { fixture async throws in
      let first = Task { try await fixture.change("first") }
      try await eventually("the first runs") { gate.arrived == 1 }
      let second = Task { try await fixture.change("second") }
      let third = Task { try await fixture.change("third") }
      // The connection keeps the order: what answers was sent after the two.
      for _ in 0..<10 { #expect(try await fixture.echo("other methods go on") != "") }
      #expect(ran.value == ["first"])
      second.cancel()
      _ = await #expect(throws: RPCStatus.self) { try await second.value }
      _ = try await fixture.echo("")
      gate.open()
      #expect(try await first.value == "first")
      #expect(try await third.value == "third")
      #expect(ran.value == ["first", "third"])
    }
  }

  @Test func `a call that was held for a driver is let in before it runs`() async throws {
    let gate = Gate()
    let ran = Box<[String]>([])
    try await RPCFixture.with { setup in
      setup.configuration.limits.drivers = 1
      setup.interceptors = [Authentication(SlowRefusal())]
      setup.options = ChannelOptions(token: "good")
      setup.router.add(TestMethods.change) { request, _ async throws(RPCStatus) in
        ran.value += [request.deploymentID]
        await gate.wait()
        return request.deploymentID
      }
      setup.router.addEcho()
    } _: { fixture async throws in
      let first = Task { try await fixture.change("first") }
      try await eventually("the first runs") { gate.arrived == 1 }
      let refused = Task {
        try await fixture.change("refused", options: CallOptions(token: "bad"))
      }
      let third = Task { try await fixture.change("third") }
      for _ in 0..<10 { _ = try await fixture.echo("") }
      gate.open()
      #expect(try await first.value == "first")
      let status = await #expect(throws: RPCStatus.self) { _ = try await refused.value }
      #expect(status?.code == .unauthenticated)
      #expect(try await third.value == "third")
      #expect(ran.value == ["first", "third"])
    }
  }

  @Test func `what a loop has not the room for is refused and tried again`() async throws {
    let gate = Gate()
    try await RPCFixture.with { setup in
      setup.configuration.limits.admittedCalls = 1
      setup.router.addEcho()
      setup.router.add(TestMethods.change) { _, _ async throws(RPCStatus) in
        await gate.wait()
        return "done"
      }
    } _: { fixture async throws in
      let running = Task { try await fixture.change() }
      try await eventually("it runs") { gate.arrived == 1 }
      let second = Task { try await fixture.echo("second") }
      gate.open()
      #expect(try await running.value == "done")
      #expect(try await second.value == "second")
    }
  }

  @Test func `a server takes no more connections than it may`() async throws {
    try await RPCFixture.with { setup in
      setup.configuration.connections.connections = 1
      setup.router.addEcho()
    } _: { fixture async throws in
      let status = await #expect(throws: RPCStatus.self) {
        _ = try await RPCFixture.connect(
          ChannelOptions(), loop: fixture.clientLoop, port: fixture.port)
      }
      #expect(status?.code == .unavailable)
      #expect(try await fixture.echo("still served") == "still served")
    }
  }

  @Test func `unary calls that do not end keep no more than the connection's credit`()
    async throws
  {
    try await RPCFixture.with { setup in
      setup.configuration.transport.connectionCreditBytes = 1 << 18
      setup.router.addEcho()
      setup.router.addChat()
    } _: { fixture async throws in
      let text = String(repeating: "x", count: 1 << 17)
      var held: [ClientStreamingCall<LogsRequest, LogsResponse>] = []
      for _ in 0..<4 {
        let call: ClientStreamingCall<LogsRequest, LogsResponse> =
          try await fixture.channel.clientStreaming(TestMethods.echo)
        try await call.send(LogsRequest(deploymentID: text))
        held.append(call)
      }
      let chat: BidirectionalCall<LogsRequest, LogsResponse> =
        try await fixture.channel.bidirectional(TestMethods.chat)
      try await chat.send(LogsRequest(deploymentID: "waits"))
      let answered = Counter()
      let first = Task {
        var responses = chat.responses.makeAsyncIterator()
        let response = try await responses.next()
        answered.increment()
        return response
      }
      // What comes whole with its OPEN needs no credit; the answers come in the order of sending.
      for _ in 0..<10 { #expect(try await fixture.echo("the others go on") != "") }
      #expect(answered.value == 0)
      for call in held { #expect(try await call.finish() == LogsResponse(text)) }
      #expect(try await first.value == LogsResponse("waits"))
    }
  }

  @Test func `slow calls of one method do not hold up fast ones of the same connection`()
    async throws
  {
    let gate = Gate()
    try await RPCFixture.with { setup in
      setup.router.add(TestMethods.echo) { request, _ async throws(RPCStatus) in
        if request.deploymentID == "slow" { await gate.wait() }
        return request.deploymentID
      }
    } _: { fixture async throws in
      let slow = (0..<100).map { _ in Task { try await fixture.echo("slow") } }
      try await eventually("they run") { gate.arrived == 100 }
      for number in 0..<50 { #expect(try await fixture.echo("\(number)") == "\(number)") }
      gate.open()
      for call in slow { #expect(try await call.value == "slow") }
    }
  }
}
