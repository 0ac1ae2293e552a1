import TestSupport
import Testing
@_spi(Frames) import Wire

@testable import Transport

@Suite struct DrainTests {
  @Test func `a drain serves what was opened and closes with the last stream`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    let call = try await client.open("hold", [1], end: true)
    try await eventually { server.log.opened.count == 1 }
    await server.drain(grace: .seconds(30))
    try await eventually { client.log.draining == 1 }
    let error = await #expect(throws: RPCStatus.self) { try await client.open("echo") }
    #expect(error?.code == .unavailable)
    #expect(!call.result.hasEnded)
    await server.releaseHeld()
    #expect(try await call.end().status == .ok)
    _ = try await client.waitForClose()
    try await eventually { server.census.count == ConnectionCensus.Count() }
    #expect(server.log.draining == 1)
    await client.stop()
    await server.stop()
  }

  @Test func `GOAWAY, a round trip, GOAWAY with the last stream, and what comes later is refused`()
    async throws
  {
    // The round trip takes as long as this test does.
    var limits = TransportLimits()
    limits.drainRoundTripTimeout = .seconds(600)
    let server = try await TestServer.start(limits: limits)
    let peer = try RawPeer.connect(to: server)
    try peer.send(RawPeer.open("hold", stream: 1))
    try await eventually { server.log.opened.count == 1 }
    await server.drain(grace: .seconds(30))
    let first = try peer.receive(.goaway)
    #expect(first.payload.prefix(8) == [0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0])
    let ping = try peer.receive(.ping)
    // Opened before the round trip was over: served.
    try peer.send(RawPeer.open("echo", stream: 3, message: [4]))
    #expect(try peer.receive(.status).stream == 3)
    try peer.send(RawPeer.frame(.pong, payload: ping.payload))
    let second = try peer.receive(.goaway)
    #expect(second.payload.prefix(8) == [0, 0, 0, 3, 0, 0, 0, 0])
    try peer.send(RawPeer.open("echo", stream: 5, message: [4]))
    let refused = try peer.receive(.reset)
    #expect(refused.stream == 5)
    #expect(refused.payload == [0, 0, 0, 2])
    await server.releaseHeld()
    #expect(try peer.receive(.status).stream == 1)
    #expect(try peer.receiveEnd().code == .noError)
    await server.stop()
  }

  @Test func `when the grace is over the rest is reset`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    let call = try await client.open("hold", [1], end: true)
    try await eventually { server.log.opened.count == 1 }
    await server.drain(grace: .milliseconds(100))
    #expect(try await call.end().reset == .draining)
    #expect(server.log.resets == [.draining])
    _ = try await client.waitForClose()
    await client.stop()
    await server.stop()
  }

  @Test func `a client that never answers the round trip does not hold the drain up`() async throws
  {
    var limits = TransportLimits()
    limits.drainRoundTripTimeout = .milliseconds(50)
    let server = try await TestServer.start(limits: limits)
    let peer = try RawPeer.connect(to: server)
    _ = try peer.receive(.settings)
    await server.drain(grace: .milliseconds(50))
    #expect(try peer.receiveEnd().code == .noError)
    try await eventually { server.census.count == ConnectionCensus.Count() }
    await server.stop()
  }

  @Test func `a listener's drain ends when every connection has`() async throws {
    let server = try await TestServer.start()
    var clients: [TestClient] = []
    for _ in 0..<5 { clients.append(try await TestClient.connect(to: server)) }
    let calls = try await clients[0].open("hold", [1], end: true)
    try await eventually { server.log.opened.count == 1 }
    await server.drainListener(grace: .milliseconds(100))
    #expect(server.census.count == ConnectionCensus.Count())
    #expect(try await calls.end().reset == .draining)
    let late = try await TestClient.connect(to: server)
    #expect(late.log.closed?.contains("refused") == true)
    for client in clients + [late] { await client.stop() }
    await server.stop()
  }

  @Test func `a client's drain lets its calls end`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    let call = try await client.open("hold", [1], end: true)
    try await eventually { server.log.opened.count == 1 }
    try await client.run { $0.drain(grace: .seconds(30)) }
    #expect(client.log.closed == nil)
    await server.releaseHeld()
    #expect(try await call.end().status == .ok)
    #expect(try await client.waitForClose() == "drained")
    try await eventually { server.census.count == ConnectionCensus.Count() }
    await client.stop()
    await server.stop()
  }

  @Test func `a connection of age is drained`() async throws {
    var limits = TransportLimits()
    limits.connectionAge = .milliseconds(100)
    limits.connectionAgeGrace = .milliseconds(100)
    limits.random = { 0.5 }
    let server = try await TestServer.start(limits: limits)
    let client = try await TestClient.connect(to: server)
    try await eventually { client.log.draining == 1 }
    _ = try await client.waitForClose()
    await client.stop()
    await server.stop()
  }

  @Test func `a close says why to the other end`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    _ = await server.onConnections {
      for connection in $0 { connection.close(code: .internalError, reason: "out of coffee") }
    }
    let reason = try await client.waitForClose()
    #expect(reason.contains("INTERNAL_ERROR: out of coffee"))
    try await eventually { server.census.count == ConnectionCensus.Count() }
    await client.stop()
    await server.stop()
  }

  @Test func `a GOAWAY's reason arrives though the peer goes on sending`() async throws {
    let server = try await TestServer.start()
    let peer = try RawPeer.connect(to: server)
    try peer.send(RawPeer.data(stream: 9, .begin, 1))
    try? peer.send((0..<50).flatMap { _ in RawPeer.data(stream: 9, .begin, 10_000) })
    #expect(try peer.receiveEnd().reason.contains("never was"))
    await server.stop()
  }

  @Test func `pings measure, wait their turn, and end with the connection`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    async let first = client.ping()
    async let second = client.ping()
    let both = try await [first, second]
    #expect(both.allSatisfy { $0 != nil })
    try await client.run { $0.terminate("gone") }
    #expect(try await client.ping() == nil)
    await client.stop()
    await server.stop()
  }
}
