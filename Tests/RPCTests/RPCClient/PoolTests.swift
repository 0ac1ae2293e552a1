import EventLoop
import Messages
@testable import RPCClient
import RPCServer
import TestSupport
import Testing
import Transport
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct PoolTests {
  private static func connections(_ fixture: RPCFixture) async -> Int {
    let core = fixture.channel.core
    return await fixture.clientLoop.run { core.connections.count }
  }

  /// `Echo` waits at the gate and tells where the caller is.
  private static func gated(
    _ setup: inout RPCFixture.Setup, _ gate: Gate, streams: Int, connections: Int
  ) {
    setup.configuration.transport.streams = streams
    setup.options.connections = connections
    setup.router.add(TestMethods.echo) { _, context async throws(RPCStatus) in
      await gate.wait()
      return context.peer
    }
  }

  @Test func `it grows while streams run out, no further than it may, and shrinks when idle`()
    async throws
  {
    let gate = Gate()
    try await RPCFixture.with { setup in
      Self.gated(&setup, gate, streams: 8, connections: 4)
      setup.options.connectionIdleTimeout = .milliseconds(20)
    } _: { fixture async throws in
      #expect(await Self.connections(fixture) == 1)
      let calls = (0..<100).map { _ in Task { try await fixture.echo("") } }
      try await eventually("all streams of four connections are in use") { gate.arrived == 32 }
      #expect(await Self.connections(fixture) == 4)
      gate.open()
      var peers: Set<String> = []
      for call in calls { peers.insert(try await call.value) }
      #expect(peers.count == 4)
      #expect(gate.arrived == 100)
      try await eventually("one connection is left") { await Self.connections(fixture) == 1 }
      _ = try await fixture.echo("")
    }
  }

  @Test func `one connection carries what fits on one`() async throws {
    let gate = Gate()
    try await RPCFixture.with { setup in
      Self.gated(&setup, gate, streams: 200, connections: 4)
    } _: { fixture async throws in
      let calls = (0..<200).map { _ in Task { try await fixture.echo("") } }
      try await eventually("all run") { gate.arrived == 200 }
      #expect(await Self.connections(fixture) == 1)
      gate.open()
      for call in calls { _ = try await call.value }
    }
  }

  @Test func `calls wait in order, and no more of them than may`() async throws {
    let gate = Gate()
    let order = Box<[String]>([])
    try await RPCFixture.with { setup in
      setup.configuration.transport.streams = 1
      setup.options.connections = 1
      setup.options.waitingCalls = 3
      setup.router.add(TestMethods.echo) { request, _ async throws(RPCStatus) in
        order.value.append(request.deploymentID)
        await gate.wait()
        return ""
      }
    } _: { fixture async throws in
      let core = fixture.channel.core
      // On the client's loop, so that they come in this order.
      let calls = await fixture.clientLoop.run {
        (0..<5).map { number in
          fixture.clientLoop.spawnResult { try await fixture.echo("\(number)") }
        }
      }
      try await eventually("the first runs") { gate.arrived == 1 }
      let refused = await #expect(throws: RPCStatus.self) { try await calls[4].value }
      #expect(
        refused == RPCStatus(.resourceExhausted, "too many calls wait for a connection"))
      // One that gives up makes room.
      calls[2].cancel()
      _ = await #expect(throws: RPCStatus.self) { try await calls[2].value }
      let late = Task { try await fixture.echo("late") }
      try await eventually("the late one waits") {
        await fixture.clientLoop.run { core.wheel.count == 4 }
      }
      gate.open()
      for index in [0, 1, 3] { _ = try await calls[index].value }
      _ = try await late.value
      #expect(order.value == ["0", "1", "3", "late"])
    }
  }

  @Test func `a connection that drains is replaced before a call asks for it`() async throws {
    let drained = Counter()
    try await RPCFixture.with { setup in
      // The first connection drains when it is a moment old, and so does each after it.
      setup.configuration.transport.connectionAge = .milliseconds(1_100)
      setup.configuration.transport.connectionAgeJitter = 0
      setup.router.add(TestMethods.change) { _, context async throws(RPCStatus) in context.peer }
      setup.router.serverStreaming(TestMethods.list) {
        (_: LogsRequest, responses: ResponseWriter<LogsResponse>, context: CallContext)
          async throws(RPCStatus) in
        let gate = Gate()
        context.onDrain {
          drained.increment()
          gate.open()
        }
        try await responses.write(LogsResponse(context.peer))
        await gate.wait()
      }
    } _: { fixture async throws in
      var peers: Set<String> = []
      for try await response in fixture.list(0) {
        peers.insert(String(decoding: response.data, as: UTF8.self))
      }
      #expect(drained.value == 1)
      var once = CallOptions()
      once.retries = false
      try await eventually("another connection answers") {
        peers.insert(try await fixture.change(options: once))
        return peers.count == 2
      }
    }
  }
}

extension EventLoop {
  /// A task on this loop whose result is awaited.
  func spawnResult<R: Sendable>(
    _ body: @escaping @Sendable () async throws -> R
  ) -> Task<R, any Error> {
    Task(executorPreference: self) { try await body() }
  }
}
