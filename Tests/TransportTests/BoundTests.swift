import Glibc
import TestSupport
import Testing
@_spi(Frames) import Wire

@testable import Transport

/// One test for each bound that a peer can run into: what the server says, and that it still
/// serves others.
@Suite(.serialized) struct BoundTests {
  /// A server, and a peer that sends bytes and expects to be told why that was too much.
  private func expectEnd(
    _ code: CloseCode, containing words: String, limits: TransportLimits = TransportLimits(),
    sending bytes: [UInt8], settings: Bool = true
  ) async throws {
    let server = try await TestServer.start(limits: limits)
    let peer = try RawPeer.connect(to: server, settings: settings)
    try peer.send(bytes)
    let end = try peer.receiveEnd()
    #expect(end.code == code)
    #expect(end.reason.contains(words), "\(end.reason)")
    try await eventually { server.log.closed.count == 1 }
    let client = try await TestClient.connect(to: server)
    #expect(try await client.call("echo", [1]).status == .ok)
    await client.stop()
    await server.stop()
  }

  @Test func `an oversize frame is judged on its header`() async throws {
    // Not a byte of the payload follows.
    try await expectEnd(
      .frameTooLarge, containing: "16373",
      sending: [0x00, 0x3f, 0xf5, 3, 0, 4, 0, 0, 0, 0, 0, 1])
  }

  static let violations: [(String, [UInt8])] = [
    ("reserved", [0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0]),
    ("unknown frame type", [0, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0, 0]),
    ("SETTINGS twice", RawPeer.settings),
    (
      "STATUS from a client",
      RawPeer.frame(.status, stream: 1, payload: .init(repeating: 0, count: 8))
    ),
    ("DATA for a stream that never was", RawPeer.data(stream: 5, .begin, 1)),
    ("RESET of a stream that never was", RawPeer.reset(stream: 5)),
    ("WINDOW for a stream that never was", RawPeer.window(stream: 5, 1)),
    ("impossible size", RawPeer.window(stream: 0, 0)),
    ("over its bound", RawPeer.window(stream: 0, 0x7fff_ffff)),
    ("OPEN of stream 1 after 1", RawPeer.open("hold", stream: 1) + RawPeer.open("hold", stream: 1)),
    ("method is not valid", RawPeer.open("a b", stream: 1)),
    ("DATA after END", RawPeer.open("hold", stream: 1) + RawPeer.data(stream: 1, .begin, 1)),
    ("bytes of no message", RawPeer.open("hold", stream: 1, .end, message: [1])),
    (
      "more than 4 messages in parts",
      (0..<5).flatMap { RawPeer.open("hold", stream: $0 * 2 + 1, [.begin, .more], message: [1]) }
    ),
    (
      "empty DATA frames in a row",
      RawPeer.open("hold", stream: 1, [.begin, .more], message: [1])
        + (0..<2).flatMap { _ in RawPeer.data(stream: 1, .more, 0) }
    ),
  ]

  @Test(arguments: violations)
  func `a violation of the protocol is named`(_ words: String, _ bytes: [UInt8]) async throws {
    try await expectEnd(.protocolError, containing: words, sending: bytes)
  }

  @Test func `a first frame that is not SETTINGS ends the connection`() async throws {
    try await expectEnd(
      .protocolError, containing: "first frame", sending: RawPeer.ping(), settings: false)
  }

  @Test func `an empty DATA flood is held by credit`() async throws {
    let flood = (0..<20_000).flatMap { _ in RawPeer.data(stream: 1, .begin, 0) }
    try await expectEnd(
      .flowControl, containing: "without credit",
      sending: RawPeer.open("sink", stream: 1, []) + flood)
  }

  @Test func `a reset flood ends the connection`() async throws {
    let flood = stride(from: UInt32(1), to: 403, by: 2).flatMap { id -> [UInt8] in
      RawPeer.open("hold", stream: id) + RawPeer.reset(stream: id)
    }
    try await expectEnd(.excessiveLoad, containing: "resets", sending: flood)
  }

  @Test func `a flood of streams over the bound is refused, then ended`() async throws {
    var limits = TransportLimits()
    limits.streams = 2
    let server = try await TestServer.start(limits: limits)
    let peer = try RawPeer.connect(to: server)
    for index in 0..<UInt32(3) { try peer.send(RawPeer.open("hold", stream: index * 2 + 1)) }
    let reset = try peer.receive(.reset)
    #expect(reset.stream == 5)
    #expect(reset.payload == [0, 0, 0, 2])
    try peer.send((3..<300).flatMap { RawPeer.open("hold", stream: $0 * 2 + 1) })
    #expect(try peer.receiveEnd().code == .excessiveLoad)
    #expect(server.log.opened.count == 2)
    await server.stop()
  }

  @Test func `a PING flood ends the connection`() async throws {
    try await expectEnd(
      .excessiveLoad, containing: "PINGs", sending: (0..<101).flatMap { _ in RawPeer.ping() })
  }

  @Test func `metadata over the bound ends the call alone`() async throws {
    var limits = TransportLimits()
    limits.metadataBytes = 100
    let server = try await TestServer.start(limits: limits)
    let peer = try RawPeer.connect(to: server)
    try peer.send(RawPeer.open("echo", stream: 1, metadataBytes: 101))
    let status = try peer.receive(.status)
    #expect(status.payload[0] == StatusCode.resourceExhausted.rawValue)
    try peer.send(RawPeer.open("echo", stream: 3, metadataBytes: 100, message: [9]))
    let reply = try peer.receive(.status)
    #expect(reply.stream == 3)
    #expect(reply.payload == [0, 0, 0, 0, 0, 0, 0, 0, 9])
    #expect(server.log.opened.count == 1)
    await server.stop()
  }

  @Test func `a message over the bound ends its call alone`() async throws {
    var limits = TransportLimits()
    limits.messageBytes = 65_536
    let server = try await TestServer.start(limits: limits)
    let peer = try RawPeer.connect(to: server)
    try peer.send(RawPeer.open("hold", stream: 1, [.begin, .more], message: [1]))
    for _ in 0..<5 { try peer.send(RawPeer.data(stream: 1, .more, 16_000)) }
    let status = try peer.receive(.status)
    #expect(status.stream == 1)
    #expect(status.payload[0] == StatusCode.resourceExhausted.rawValue)
    try await eventually { server.log.resets == [.messageTooLarge] }
    // What was on its way is ignored, and others are served.
    try peer.send(RawPeer.data(stream: 1, .more, 16_000))
    try peer.send(RawPeer.open("echo", stream: 3, message: [7]))
    #expect(try peer.receive(.status).stream == 3)
    await server.stop()
  }

  @Test func `a client does not send what the server would refuse`() async throws {
    var limits = TransportLimits()
    limits.messageBytes = 65_536
    limits.metadataBytes = 100
    let server = try await TestServer.start(limits: limits)
    let client = try await TestClient.connect(to: server)
    let large = await #expect(throws: RPCStatus.self) {
      try await client.call("echo", [UInt8](repeating: 0, count: 65_537))
    }
    #expect(large?.code == .resourceExhausted)
    let metadata = await #expect(throws: RPCStatus.self) {
      try await client.call("echo", metadata: ["k": String(repeating: "v", count: 97)])
    }
    #expect(metadata?.code == .invalidArgument)
    let method = await #expect(throws: RPCStatus.self) { try await client.call("no spaces") }
    #expect(method?.code == .invalidArgument)
    let call = try await client.open("echo")
    await call.send([UInt8](repeating: 0, count: 65_537))
    #expect(try await call.end().status?.code == .resourceExhausted)
    #expect(try await client.call("echo", [UInt8](repeating: 0, count: 65_536)).status == .ok)
    await client.stop()
    await server.stop()
  }

  @Test func `a reply over the client's bound is an error, not a broken connection`() async throws {
    let server = try await TestServer.start()
    var limits = TransportLimits()
    limits.messageBytes = 65_536
    let client = try await TestClient.connect(to: server, limits: limits)
    #expect(try await client.call("big/65537").status?.code == .resourceExhausted)
    #expect(try await client.call("flood/1/65537").status?.code == .resourceExhausted)
    #expect(try await client.call("big/65536").messages.first?.count == 65_536)
    await client.stop()
    await server.stop()
  }

  @Test func `too many streams are refused by the client itself`() async throws {
    var limits = TransportLimits()
    limits.streams = 3
    let server = try await TestServer.start(limits: limits)
    let client = try await TestClient.connect(to: server)
    for _ in 0..<3 { _ = try await client.open("hold", [], end: true) }
    let error = await #expect(throws: RPCStatus.self) { try await client.open("hold") }
    #expect(error?.code == .resourceExhausted)
    await client.stop()
    await server.stop()
  }

  @Test func `a client that sends no SETTINGS is ended`() async throws {
    var limits = TransportLimits()
    limits.firstFrameTimeout = .milliseconds(100)
    try await expectEnd(
      .timeout, containing: "no SETTINGS", limits: limits, sending: [], settings: false)
  }

  @Test func `a stalled frame is ended`() async throws {
    var limits = TransportLimits()
    limits.progressTimeout = .milliseconds(100)
    try await expectEnd(
      .timeout, containing: "a frame was begun", limits: limits,
      sending: Array(RawPeer.open("echo", stream: 1).dropLast(1)))
  }

  @Test func `a stalled message is ended`() async throws {
    var limits = TransportLimits()
    limits.progressTimeout = .milliseconds(100)
    try await expectEnd(
      .timeout, containing: "a message was begun", limits: limits,
      sending: RawPeer.open("hold", stream: 1, [.begin, .more], message: [1]))
  }

  @Test func `a stalled message is ended though another goes on`() async throws {
    var limits = TransportLimits()
    limits.progressTimeout = .milliseconds(200)
    limits.pingBurst = 1_000_000
    let server = try await TestServer.start(limits: limits)
    let peer = try RawPeer.connect(to: server)
    try peer.send(RawPeer.open("hold", stream: 1, [.begin, .more], message: [1]))
    try peer.send(RawPeer.open("hold", stream: 3, [.begin, .more], message: [1]))
    let begin = ContinuousClock.now
    var end: GoAway?
    while end == nil, ContinuousClock.now - begin < .seconds(5) {
      // A byte for each PONG.
      try peer.send(RawPeer.data(stream: 3, .more, 1) + RawPeer.ping())
      let frame = try #require(try peer.receive())
      guard frame.type == .goaway else { continue }
      end = try frame.payload.withUnsafeBytes { bytes throws in try GoAway.parse(bytes) }
    }
    #expect(end?.code == .timeout)
    #expect(end?.reason.contains("a message was begun") == true)
    #expect(ContinuousClock.now - begin >= .milliseconds(200))
    await server.stop()
  }

  @Test func `a message that goes on outlives one that ended`() async throws {
    var limits = TransportLimits()
    limits.progressTimeout = .milliseconds(200)
    limits.pingBurst = 1_000_000
    let server = try await TestServer.start(limits: limits)
    let peer = try RawPeer.connect(to: server)
    try peer.send(RawPeer.open("hold", stream: 1, [.begin, .more], message: [1]))
    try peer.send(RawPeer.open("hold", stream: 3, [.begin, .more], message: [1]))
    try peer.send(RawPeer.data(stream: 1, [], 1))
    let begin = ContinuousClock.now
    while ContinuousClock.now - begin < .milliseconds(600) {
      try peer.send(RawPeer.data(stream: 3, .more, 1) + RawPeer.ping())
      _ = try peer.receive(.pong)
    }
    try peer.send(RawPeer.data(stream: 3, [], 1) + RawPeer.ping())
    _ = try peer.receive(.pong)
    #expect(server.log.closed.isEmpty)
    await server.stop()
  }

  @Test func `a peer that is silent is asked, then ended`() async throws {
    var limits = TransportLimits()
    limits.keepaliveInterval = .milliseconds(50)
    limits.keepaliveTimeout = .milliseconds(100)
    let server = try await TestServer.start(limits: limits)
    let peer = try RawPeer.connect(to: server, settings: false)
    // Says itself how often it may be asked: id 6, zero milliseconds.
    try peer.send(RawPeer.frame(.settings, payload: [0, 6, 0, 0, 0, 0]))
    _ = try peer.receive(.ping)
    let end = try peer.receiveEnd()
    #expect(end.code == .timeout)
    #expect(end.reason.contains("keepalive"))
    await server.stop()
  }

  @Test func `a peer that never reads is ended, and its requests pile up no further`() async throws
  {
    var limits = TransportLimits()
    limits.writeTimeout = .milliseconds(300)
    let server = try await TestServer.start(limits: limits)
    let peer = try RawPeer.connect(to: server, settings: false, receiveBytes: 8_192)
    // Takes messages of 8 MiB, with all the credit there is.
    try peer.send(
      RawPeer.frame(
        .settings,
        payload: [0, 2, 0, 0x80, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff, 0, 5, 0x7f, 0xff, 0xff, 0xff]))
    try peer.send(RawPeer.open("flood/1000000/16000", stream: 1))
    try await eventually { server.log.closed == ["the peer does not read"] }
    // A megabyte in the queue, some more in the kernel's buffers, and not a byte beyond.
    #expect(server.log.messages < 1_000)
    await server.stop()
    withExtendedLifetime(peer) {}
  }

  @Test func `a server stops reading from a peer that does not read`() async throws {
    var limits = TransportLimits()
    limits.outboundBytes = 100_000
    let server = try await TestServer.start(limits: limits)
    let peer = try RawPeer.connect(to: server, receiveBytes: 8_192, patienceSeconds: 1)
    let request = RawPeer.open("echo", stream: 0, message: [UInt8](repeating: 5, count: 16_000))
    var sent = 0
    // The socket's own time limit ends this: by then neither end takes any more.
    while sent < 2_000 {
      var next = request
      let id = UInt32(sent * 2 + 1)
      for index in 0..<4 { next[8 + index] = UInt8(id >> (24 - index * 8) & 255) }
      do { try peer.send(next) } catch { break }
      sent += 1
    }
    #expect(sent < 2_000)
    // What the kernel's buffers take beside ours is far below this.
    #expect(server.log.opened.count < 1_000)
    await server.stop()
  }

  @Test func `control frames that nobody reads are bounded`() async throws {
    var limits = TransportLimits()
    limits.queuedControlFrames = 50
    limits.pingBurst = 1_000
    let server = try await TestServer.start(limits: limits)
    let peer = try RawPeer.connect(to: server)
    // One write, so that one turn answers them all.
    try peer.send((0..<500).flatMap { _ in RawPeer.ping() })
    try await eventually { server.log.closed.count == 1 }
    #expect(server.log.closed[0].contains("control frames"))
    await server.stop()
  }

  @Test func `random bytes behind a handshake end in an answer, never in a trap`() async throws {
    let server = try await TestServer.start()
    let seed = UInt64.random(in: .min ... .max)
    var random = SeededGenerator(seed: seed)
    for round in 0..<60 {
      let peer = try RawPeer.connect(to: server)
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 1...40, using: &random) {
        bytes += Self.frameOrNoise(using: &random)
      }
      // The server may have closed before the end of it.
      try? peer.send(bytes)
      try? peer.send([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
      let end = try? peer.receiveEnd()
      if let end { #expect(end.code != .internalError, "seed \(seed), round \(round)") }
    }
    let client = try await TestClient.connect(to: server)
    #expect(try await client.call("echo", [1]).status == .ok, "seed \(seed)")
    try await eventually("seed \(seed)") { server.census.count.connections == 1 }
    await client.stop()
    await server.stop()
  }

  /// A frame that is right in its header at least, most of the time.
  private static func frameOrNoise(using random: inout SeededGenerator) -> [UInt8] {
    let stream = UInt32.random(in: 0...6, using: &random) * 2 + 1
    let count = Int.random(in: 0...200, using: &random)
    let flags = FrameFlags(rawValue: UInt16.random(in: 0...7, using: &random))
    switch Int.random(in: 0...9, using: &random) {
    case 0...3: return RawPeer.open("echo", stream: stream, flags.subtracting(.more))
    case 4...6: return RawPeer.data(stream: stream, flags, count)
    case 7: return RawPeer.window(stream: stream, UInt32(count))
    case 8: return RawPeer.reset(stream: stream)
    default:
      return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }
  }
}
