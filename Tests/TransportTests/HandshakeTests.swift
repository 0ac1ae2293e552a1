import EventLoop
import Glibc
import TestSupport
import Testing
@_spi(Frames) import Wire

@testable import Transport

@Suite struct HandshakeTests {
  /// Runs `openssl s_client` against the server and returns all that it wrote.
  private func speak(_ arguments: [String], to server: TestServer) async throws -> ChildOutcome {
    try await ChildProcess.run(
      "/usr/bin/openssl",
      ["s_client", "-connect", server.address.description, "-CAfile", server.made.authority]
        + arguments)
  }

  @Test func `TLS 1.2 is refused`() async throws {
    let server = try await TestServer.start()
    let outcome = try await speak(["-tls1_2", "-alpn", "berth/1"], to: server)
    #expect(!outcome.exit.isSuccess)
    #expect(outcome.description.contains("alert protocol version"), "\(outcome)")
    try await eventually { server.log.closed.count == 1 }
    #expect(server.census.count == ConnectionCensus.Count())
    await server.stop()
  }

  @Test func `another ALPN name is refused`() async throws {
    let server = try await TestServer.start()
    let outcome = try await speak(["-alpn", "h2"], to: server)
    #expect(!outcome.exit.isSuccess)
    #expect(outcome.description.contains("no application protocol"), "\(outcome)")
    try await eventually { server.log.closed.count == 1 }
    await server.stop()
  }

  @Test func `no ALPN at all is refused`() async throws {
    let server = try await TestServer.start()
    _ = try await speak([], to: server)
    try await eventually { server.log.closed.count == 1 }
    #expect(server.log.closed[0].contains("does not speak berth/1"))
    #expect(server.log.subjects.isEmpty)
    await server.stop()
  }

  @Test func `a handshake that stalls is ended and holds up nobody`() async throws {
    var limits = TransportLimits()
    limits.handshakeTimeout = .milliseconds(300)
    let server = try await TestServer.start(limits: limits)
    let stalled = try (0..<20).map { _ in try RawPeer.plainSocket(to: server) }
    let client = try await TestClient.connect(to: server)
    let result = try await client.call("echo", [1])
    #expect(result.status == .ok)
    try await eventually { server.log.closed.count == 20 }
    #expect(server.log.closed.allSatisfy { $0 == "the handshake took too long" })
    for descriptor in stalled { close(descriptor) }
    await client.stop()
    await server.stop()
  }

  @Test func `bytes that are not TLS end the connection alone`() async throws {
    let server = try await TestServer.start()
    let descriptor = try RawPeer.plainSocket(to: server)
    let text = Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
    #expect(write(descriptor, text, text.count) == text.count)
    try await eventually { server.log.closed.count == 1 }
    close(descriptor)
    let client = try await TestClient.connect(to: server)
    #expect(try await client.call("echo", [1]).status == .ok)
    await client.stop()
    await server.stop()
  }

  @Test func `a client that connects to nothing is told`() async throws {
    let server = try await TestServer.start()
    await server.stop()
    let client = try await TestClient.connect(to: server)
    #expect(client.log.closed?.contains("Connection refused") == true)
    #expect(!client.log.established)
    await client.stop()
  }

  @Test func `connections over the bound per address are turned away before TLS`() async throws {
    var bounds = ListenerLimits()
    bounds.connectionsPerAddress = 2
    let server = try await TestServer.start(listenerLimits: bounds)
    let first = try await TestClient.connect(to: server)
    let second = try await TestClient.connect(to: server)
    let third = try await TestClient.connect(to: server)
    #expect(third.log.closed != nil)
    #expect(server.log.refused == [.connectionsPerAddress])
    await first.stop()
    try await eventually { server.census.count.connections == 1 }
    let fourth = try await TestClient.connect(to: server)
    #expect(fourth.log.settled)
    for client in [second, third, fourth] { await client.stop() }
    await server.stop()
  }

  @Test func `connections and handshakes in all are bounded`() async throws {
    var bounds = ListenerLimits()
    bounds.connections = 3
    bounds.handshakes = 2
    let server = try await TestServer.start(listenerLimits: bounds)
    let stalled = try (0..<3).map { _ in try RawPeer.plainSocket(to: server) }
    try await eventually { server.log.refused == [.handshakes] }
    #expect(server.census.count == ConnectionCensus.Count(connections: 2, handshakes: 2))
    for descriptor in stalled { close(descriptor) }
    try await eventually { server.census.count == ConnectionCensus.Count() }
    var clients: [TestClient] = []
    for _ in 0..<3 { clients.append(try await TestClient.connect(to: server)) }
    let over = try await TestClient.connect(to: server)
    #expect(over.log.closed != nil)
    #expect(server.log.refused == [.handshakes, .connections])
    for client in clients + [over] { await client.stop() }
    await server.stop()
  }
}
