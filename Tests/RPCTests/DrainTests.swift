import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct DrainTests {
  @Test func `a stream that ends on drain is told why at once, and its handler is cancelled`()
    async throws
  {
    let gate = Gate()
    let ended = Counter()
    try await RPCFixture.with { setup in
      setup.router.serverStreaming(TestMethods.list) {
        (_: LogsRequest, responses: ResponseWriter<LogsResponse>, context: CallContext)
          async throws(RPCStatus) in
        context.endOnDrain()
        try await responses.write(LogsResponse("first"))
        await gate.wait()
        ended.increment()
      }
    } _: { fixture async throws in
      var iterator = fixture.list(0).makeAsyncIterator()
      #expect(try await iterator.next() == LogsResponse("first"))
      // Far less than the grace: or the time limit of the suite ends the test.
      async let drained: Void = fixture.server.drain(grace: .seconds(600))
      let status = await #expect(throws: RPCStatus.self) { try await iterator.next() }
      #expect(status?.code == .unavailable)
      #expect(status?.message == "the server is shutting down")
      #expect(
        status?.details == [.errorInfo(reason: "DRAINING", domain: "berth", metadata: [:])])
      await drained
      #expect(ended.value == 1)
    }
  }

  @Test func `a stream that does not ask for it may end by itself within the grace`() async throws {
    let gate = Gate()
    try await RPCFixture.with { setup in
      setup.router.serverStreaming(TestMethods.list) {
        (_: LogsRequest, responses: ResponseWriter<LogsResponse>, context: CallContext)
          async throws(RPCStatus) in
        let (draining, drain) = AsyncStream<Void>.makeStream()
        context.onDrain { drain.finish() }
        try await responses.write(LogsResponse("first"))
        for await _ in draining {}
        await gate.wait()
        try await responses.write(LogsResponse("last"))
      }
    } _: { fixture async throws in
      var iterator = fixture.list(0).makeAsyncIterator()
      #expect(try await iterator.next() == LogsResponse("first"))
      async let drained: Void = fixture.server.drain(grace: .seconds(600))
      try await eventually("the handler knows") { gate.arrived == 1 }
      gate.open()
      #expect(try await iterator.next() == LogsResponse("last"))
      #expect(try await iterator.next() == nil)
      await drained
    }
  }

  @Test func `hooks of the router run before clients are told`() async throws {
    let order = Box<[String]>([])
    let gate = Gate()
    try await RPCFixture.with { setup in
      setup.router.onDrain { order.value.append("hook") }
      setup.router.add(TestMethods.change) { _, context async throws(RPCStatus) in
        context.onDrain { order.value.append("call") }
        await gate.wait()
        return ""
      }
    } _: { fixture async throws in
      async let answer = fixture.change()
      try await eventually("the call is there") { gate.arrived == 1 }
      async let drained: Void = fixture.server.drain(grace: .seconds(600))
      try await eventually("both were told") { order.value.count == 2 }
      gate.open()
      _ = try await answer
      await drained
      #expect(order.value == ["hook", "call"])
    }
  }

  @Test func `a server of its own runs on its own threads until its task is cancelled`()
    async throws
  {
    let certificates = try TestEnvironment.certificates()
    var configuration = RPCServer.Configuration(
      identity: ServerIdentity(
        certificatePath: certificates.server, privateKeyPath: certificates.serverKey))
    configuration.loops = 2
    var router = Router()
    router.addEcho()
    router.addStandardServices()
    let server = RPCServer(configuration: configuration, router: router)
    let port = Box<UInt16>(0)
    let running = Task { try await server.run { port.value = $0 } }
    try await eventually("it listens") { port.value != 0 }
    let channel = try await Channel.connect(
      to: "berth://127.0.0.1:\(port.value)",
      options: ChannelOptions(trust: .certificateAuthority(path: certificates.authority)))
    let answer: LogsResponse = try await channel.unary(
      TestMethods.echo, LogsRequest(deploymentID: "x"))
    #expect(answer == LogsResponse("x"))
    let health = try await HealthServiceClient(channel).check(HealthCheckRequest())
    #expect(health.status == .serving)
    running.cancel()
    try await running.value
    #expect(server.boundPort == nil)
    await channel.close(grace: .zero)
  }

  @Test func `an identity that cannot be used is an error in one line`() async throws {
    let server = RPCServer(
      configuration: RPCServer.Configuration(
        identity: ServerIdentity(certificatePath: "/nowhere.pem", privateKeyPath: "/nowhere.key")),
      router: Router())
    let error = await #expect(throws: StartError.self) { try await server.start() }
    #expect(error?.description.contains("/nowhere.pem") == true)
  }
}
