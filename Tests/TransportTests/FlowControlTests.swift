import Synchronization
import TestSupport
import Testing
@_spi(Frames) import Wire

@testable import Transport

@Suite struct FlowControlTests {
  @Test func `a sender stalls without credit and goes on when it comes`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    let call = try await client.open("sink")
    var isWritable = true
    var sent = 0
    // 256 KiB of credit and 32 KiB of queue: a hundred messages of 16 KiB do not fit.
    while isWritable, sent < 100 {
      isWritable = await call.send([UInt8](repeating: 1, count: 16_000))
      sent += 1
    }
    #expect(!isWritable)
    try await eventually { server.log.messages >= 16 }
    let stalled = server.log.messages
    #expect(stalled < sent)
    #expect(call.result.writable == 0)
    await server.consumeHeld()
    try await eventually { call.result.writable > 0 }
    try await eventually { server.log.messages == sent }
    await client.stop()
    await server.stop()
  }

  @Test func `a stream without credit holds up no other`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    let slow = try await client.open("flood/1000/10000", [], end: true, consumes: false)
    _ = try await slow.messages(10)
    for _ in 0..<50 { #expect(try await client.call("echo", [1, 2]).status == .ok) }
    let other = try await client.call("flood/100/1000")
    #expect(other.messages.count == 100)
    #expect(!slow.result.hasEnded)
    #expect(slow.result.messages.count < 1_000)
    await client.stop()
    await server.stop()
  }

  @Test func `credit of the connection is shared and comes back`() async throws {
    var limits = TransportLimits()
    limits.connectionCreditBytes = 65_536
    let server = try await TestServer.start(limits: limits)
    let client = try await TestClient.connect(to: server)
    let first = try await client.open("sink")
    for _ in 0..<5 { await first.send([UInt8](repeating: 1, count: 16_000)) }
    try await eventually { server.log.messages == 5 }
    // The connection's credit is gone: this one waits, though its stream has credit.
    let second = try await client.open("echo")
    await second.send([2])
    #expect(try await client.ping() != nil)
    #expect(second.result.messages.isEmpty)
    await server.consumeHeld()
    #expect(try await second.messages(1) == [[2]])
    await client.stop()
    await server.stop()
  }

  @Test func `credit of a stream that ends comes back to the connection`() async throws {
    var limits = TransportLimits()
    limits.connectionCreditBytes = 65_536
    let server = try await TestServer.start(limits: limits)
    let client = try await TestClient.connect(to: server)
    for _ in 0..<20 {
      let call = try await client.open("sink")
      for _ in 0..<4 { await call.send([UInt8](repeating: 1, count: 16_000)) }
      let before = server.log.resets.count
      await call.on { $0.reset(.cancelled) }
      try await eventually { server.log.resets.count == before + 1 }
    }
    let call = try await client.open("echo")
    await call.send([3])
    #expect(try await call.messages(1) == [[3]])
    await client.stop()
    await server.stop()
  }

  @Test func `a client that consumes nothing gets its credit's worth and no more`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    let call = try await client.open("flood/10000/10000", [], end: true, consumes: false)
    _ = try await call.messages(20)
    _ = try await client.ping()
    let count = call.result.messages.count
    #expect(count * 10_000 <= (256 << 10) + 10_000)
    await client.stop()
    await server.stop()
  }

  @Test func `a large message delays neither a ping nor a small call`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    // All in one turn: the large ones first, then the small one, then the ping.
    let large = [UInt8](repeating: 8, count: 4 << 20)
    let pinged = Mutex<ContinuousClock.Instant?>(nil)
    let calls = try await client.run { connection in
      let calls = try [large, large, large, large, [1]].map { message in
        let call = TestCall(loop: connection.loop, consumes: true)
        call.stream = try connection.open(
          OpenHead(method: "echo"), handler: call, message: message.count, end: true
        ) { buffer in message.withUnsafeBytes { buffer.copyMemory(from: $0) } }
        return call
      }
      connection.ping { _ in pinged.withLock { $0 = .now } }
      return calls
    }
    var ends: [ContinuousClock.Instant] = []
    for call in calls { ends.append(try #require(try await call.end().endedAt)) }
    let pingEnd = try #require(pinged.withLock { $0 })
    #expect(ends.dropLast().allSatisfy { ends[4] < $0 && pingEnd < $0 })
    await client.stop()
    await server.stop()
  }

  @Test func `more large messages than places for parts all arrive`() async throws {
    let server = try await TestServer.start()
    let client = try await TestClient.connect(to: server)
    var calls: [TestCall] = []
    for index in 0..<12 {
      let message = [UInt8](repeating: UInt8(index), count: 300_000)
      calls.append(try await client.open("echo", message, end: true))
    }
    // Those that are cancelled on the way free their places.
    await calls[1].on { $0.reset(.cancelled) }
    await calls[7].on { $0.reset(.cancelled) }
    for (index, call) in calls.enumerated() where index != 1 && index != 7 {
      let result = try await call.end()
      #expect(result.messages == [[UInt8](repeating: UInt8(index), count: 300_000)])
    }
    await client.stop()
    await server.stop()
  }

  @Test func `a request that nobody reads any more holds no place for messages in parts`()
    async throws
  {
    let server = try await TestServer.start()
    let peer = try RawPeer.connect(to: server, settings: false)
    // Takes messages of 8 MiB, but the first reply uses all the credit up: the others wait.
    try peer.send(RawPeer.frame(.settings, payload: [0, 2, 0, 0x80, 0, 0]))
    for id in stride(from: UInt32(1), to: 9, by: 2) {
      try peer.send(RawPeer.open("big/100000", stream: id, [.begin, .more], message: [1]))
    }
    // For the client these messages end.
    for id in stride(from: UInt32(1), to: 9, by: 2) {
      try peer.send(RawPeer.data(stream: id, .end, 1))
    }
    for id in stride(from: UInt32(9), to: 17, by: 2) {
      try peer.send(RawPeer.open("hold", stream: id, [.begin, .more], message: [1]))
    }
    try peer.send(RawPeer.ping())
    _ = try peer.receive(.pong)
    #expect(server.log.closed.isEmpty)
    #expect(server.log.opened.count == 8)
    await server.stop()
  }

  @Test func `streams take turns`() async throws {
    let server = try await TestServer.start()
    let peer = try RawPeer.connect(to: server)
    // Two replies of 40 KiB each, asked for in one write: their frames alternate.
    try peer.send(RawPeer.open("big/40000", stream: 1) + RawPeer.open("big/40000", stream: 3))
    var order: [UInt32] = []
    while order.count < 8, let frame = try peer.receive() {
      if frame.type == .data || frame.type == .status { order.append(frame.stream) }
    }
    #expect(order == [1, 3, 1, 3, 1, 3, 1, 3])
    await server.stop()
  }
}
