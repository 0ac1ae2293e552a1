import TestSupport
import Testing
@_spi(Frames) import Wire

@testable import Transport

/// Calls over real sockets and real TLS.
@Suite struct CallTests {
  @Test func `a unary call is one frame each way`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    let result = try await client.call("echo", Array("hello".utf8))
    #expect(result.status == .ok)
    #expect(result.messages == [Array("hello".utf8)])
    let empty = try await client.call("echo", [])
    #expect(empty.messages == [[]])
    #expect(empty.status == .ok)
    let streams = try await client.run { $0.openStreams }
    #expect(streams == 0)
    await client.stop()
    await server.stop()
  }

  @Test func `an error carries its message, details and metadata`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    let result = try await client.call("fail")
    #expect(result.status?.code == .notFound)
    #expect(result.status?.message == "no such thing")
    #expect(result.status?.retryDelay == .seconds(1))
    #expect(result.metadata["id"] == "7")
    #expect(result.messages.isEmpty)
    await client.stop()
    await server.stop()
  }

  @Test func `method, timeout, metadata and credentials arrive`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    let head = OpenHead(
      method: "echo", timeout: .milliseconds(250), metadata: ["a": "1", "b": "2"])
    _ = try await client.run { connection in
      connection.setCredentials(Array("token".utf8))
      return try connection.open(
        head, handler: TestCall(loop: connection.loop, consumes: true), message: 0, end: true)
    }
    try await eventually { server.log.opened.count == 1 }
    #expect(server.log.opened == [head])
    #expect(server.log.credentials == ["token"])
    let tooLong = try await client.run {
      $0.setCredentials([UInt8](repeating: 65, count: WireLimits.credentialsBytes + 1))
    }
    #expect(!tooLong)
    await client.stop()
    await server.stop()
  }

  @Test(arguments: [16_300, 16_360, 16_372, 16_373, 65_536, 1 << 20, 4 << 20])
  func `a message of any size comes back whole`(_ count: Int) async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    let call = try await client.open("echo", message, end: true)
    let result = try await call.end()
    #expect(result.status == .ok)
    #expect(result.messages.count == 1)
    #expect(result.messages.first == message)
    await client.stop()
    await server.stop()
  }

  @Test func `messages stream both ways in order`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    let call = try await client.open("echo")
    for index in 0..<100 {
      await call.send([UInt8](repeating: UInt8(index), count: index * 700))
    }
    await call.on { $0.end() }
    let result = try await call.end()
    #expect(result.status == .ok)
    #expect(result.messages.map(\.count) == (0..<100).map { $0 * 700 })
    #expect(
      result.messages.enumerated().allSatisfy { index, message in
        message.allSatisfy { $0 == UInt8(index) }
      })
    #expect(server.log.ended == 1)
    await client.stop()
    await server.stop()
  }

  @Test func `END goes with the last message`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    let call = try await client.open("echo")
    await call.send([1])
    await call.send([UInt8](repeating: 2, count: 100_000), end: true)
    let result = try await call.end()
    #expect(result.messages.map(\.count) == [1, 100_000])
    #expect(result.status == .ok)
    await client.stop()
    await server.stop()
  }

  @Test func `a server's stream of any length ends with its status`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    let result = try await client.call("flood/2000/3000")
    #expect(result.status == .ok)
    #expect(result.messages.count == 2_000)
    #expect(result.messages.allSatisfy { $0.count == 3_000 })
    await client.stop()
    await server.stop()
  }

  @Test func `two hundred calls at a time all end`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    var calls: [TestCall] = []
    for index in 0..<200 {
      let message = [UInt8](repeating: UInt8(index), count: index * 100)
      calls.append(try await client.open("echo", message, end: true))
    }
    for (index, call) in calls.enumerated() {
      let result = try await call.end()
      #expect(result.messages == [[UInt8](repeating: UInt8(index), count: index * 100)])
    }
    await client.stop()
    await server.stop()
  }

  @Test func `a cancelled call tells its handler, which keeps its place until it ends`()
    async throws
  {
    var limits = TransportLimits()
    limits.streams = 1
    let server = try await TestServer.start(limits: limits)
    let client = try await TestClient.connect(to: server)
    let call = try await client.open("hold", [1], end: true)
    try await eventually { server.log.opened.count == 1 }
    await call.on { $0.reset(.cancelled) }
    try await eventually { server.log.resets == [.cancelled] }
    // The handler has not ended: its place is taken.
    let refused = try await client.open("echo", [1], end: true).end()
    #expect(refused.reset == .refused)
    await server.releaseHeld()
    let served = try await client.open("echo", [1], end: true).end()
    #expect(served.status == .ok)
    #expect(!call.result.hasEnded)
    await client.stop()
    await server.stop()
  }

  @Test func `a connection that goes away tells every stream`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    let call = try await client.open("hold", [1])
    try await eventually { server.log.opened.count == 1 }
    _ = await server.onConnections { for connection in $0 { connection.terminate("pulled") } }
    let result = try await call.end()
    #expect(result.reset == .connectionLost)
    _ = try await client.waitForClose()
    await #expect(throws: RPCStatus.self) { try await client.open("echo") }
    await client.stop()
    await server.stop()
  }

  @Test func `a stream whose OPEN never left is refused, not lost, unless it still leaves`()
    async throws
  {
    for closes in [false, true] {
      let server = try await TestServer.start()
      let client = try await TestClient.connect(to: server)
      let sent = try await client.open("hold", [1])
      try await eventually { server.log.opened.count == 1 }
      let unsent = try await client.run { connection in
        let call = TestCall(loop: connection.loop, consumes: true)
        call.stream = try connection.open(
          OpenHead(method: "hold"), handler: call, message: nil, end: false)
        // In the same turn: nothing was written yet.
        if closes {
          connection.close(reason: "done")
        } else {
          connection.terminate("pulled")
        }
        return call
      }
      #expect(try await sent.end().reset == .connectionLost)
      #expect(try await unsent.end().reset == (closes ? .connectionLost : .refused))
      try await eventually { server.census.count == ConnectionCensus.Count() }
      #expect(server.log.opened.count == (closes ? 2 : 1))
      await client.stop()
      await server.stop()
    }
  }

  @Test func `a client's certificate is named to the server`() async throws {
    let server = try await TestServer.start(asksForCertificate: true)
    let agent = try await TestClient.connect(to: server, certificate: "agent")
    let other = try await TestClient.connect(to: server)
    try await eventually { server.log.subjects.count == 2 }
    #expect(server.log.subjects == ["CN=agent", nil])
    await agent.stop()
    await other.stop()
    await server.stop()
  }
}
