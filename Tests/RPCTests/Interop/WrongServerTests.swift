import EventLoop
import Messages
import RPCClient
import TestSupport
import Testing
@_spi(Frames) import Wire

/// Our client against servers that break the protocol, or send no protocol at all: the calls end
/// with a status that says so, the server is told, and the channel goes on.
@Suite(.timeLimit(.minutes(3))) struct WrongServerTests {
  enum Delivery: CaseIterable { case whole, byteByByte }

  /// What the server sends instead of an answer.
  enum Noise: CaseIterable {
    /// Bytes of no protocol, for the first frame or behind SETTINGS.
    case firstBytes, bytes
    /// Headers that may be right and payloads that are not, or the other way round.
    case frames
  }

  /// Longer than any test here may take: a call that nobody ends would be told by its code.
  private static let deadline = Duration.seconds(60)

  @Test(arguments: WrongAnswer.all, Delivery.allCases)
  func `a wrong answer ends as the protocol says, with a clear error, and the channel goes on`(
    _ wrong: WrongAnswer, _ delivery: Delivery
  ) async throws {
    let over = Gate()
    try await RawServer.with(Self.script(wrong, delivery, over)) { server in
      try await Self.withClient(of: server) { client async throws in
        switch wrong.calls {
        case .unary:
          let status = await #expect(throws: RPCStatus.self) {
            try await client.unaryCall(SimpleRequest(), options: Self.options)
          }
          wrong.expect(status)
        case .streams(let count):
          try await Self.expectEnd(of: count, client, wrong, once: over)
        }
        // On the same connection if it is whole, else on another.
        #expect(try await client.emptyCall(Empty(), options: Self.options) == Empty())
        #expect(server.accepted == (wrong.endsConnection ? 2 : 1))
      }
    }
  }

  /// Streams that are read only when the server has seen their end.
  private static func expectEnd(
    of count: Int, _ client: TestServiceClient, _ wrong: WrongAnswer, once over: Gate
  ) async throws {
    let streams = (0..<count).map { _ in
      client.streamingOutputCall(StreamingOutputCallRequest(), options: options)
    }
    await over.wait()
    for stream in streams {
      let status = await #expect(throws: RPCStatus.self) { for try await _ in stream {} }
      wrong.expect(status)
    }
  }

  /// Wrong on the first connection once the calls are open; right on the others, and on the first
  /// if it is left.
  private static func script(
    _ wrong: WrongAnswer, _ delivery: Delivery, _ over: Gate
  ) -> RawServer.Script {
    { connection, number throws in
      guard number == 0 else {
        try connection.send(.settings())
        return answerAll(connection)
      }
      defer { over.open() }
      if wrong.sendsSettings { try connection.send(.settings()) }
      for _ in 0..<wrong.callCount { _ = try connection.receiveCall() }
      switch delivery {
      case .whole: try connection.send(bytes: wrong.bytes)
      case .byteByByte: try connection.sendByteByByte(wrong.bytes)
      }
      if wrong.endsConnection {
        try wrong.expectEnd(of: connection)
      } else {
        try wrong.expectReset(on: connection)
        over.open()
        answerAll(connection)
      }
    }
  }

  @Test(arguments: Noise.allCases)
  func `whatever bytes a server sends, calls end and the channel goes on`(
    _ noise: Noise
  ) async throws {
    let seed = TestSeed.draw()
    for round in 0..<TestScale.rounds(40, soak: 2_000) {
      let script = Self.script(noise, seed.generator(round))
      try await RawServer.with(script) { server in
        try await Self.withClient(of: server) { client async throws in
          let start = ContinuousClock.now
          let stream = client.streamingOutputCall(
            StreamingOutputCallRequest(), options: Self.options)
          let codes = await [
            Self.code { _ = try await client.unaryCall(SimpleRequest(), options: Self.options) },
            Self.code { for try await _ in stream {} },
          ]
          // A frame may say anything to a call; bytes that are no frame say nothing.
          if noise != .frames { #expect(codes == [.unavailable, .unavailable], "round \(round)") }
          try await eventually("the channel goes on, round \(round)") {
            await Self.code { _ = try await client.emptyCall(Empty()) } == .ok
          }
          #expect(ContinuousClock.now - start < Self.deadline, "round \(round)")
        }
      }
    }
  }

  /// Noise on the first connection behind two calls, and its end; right on the others.
  private static func script(
    _ noise: Noise, _ generator: SeededGenerator
  ) -> RawServer.Script {
    { connection, number throws in
      guard number == 0 else {
        try connection.send(.settings())
        return answerAll(connection)
      }
      var generator = generator
      if noise != .firstBytes { try connection.send(.settings()) }
      for _ in 0..<2 { _ = try connection.receiveCall() }
      // The client may have closed before all of it has gone.
      try? connection.send(bytes: noise.draw(&generator))
      connection.close()
      connection.finish()
    }
  }

  private static func answerAll(_ connection: RawConnection) {
    while let frame = try? connection.receive() {
      if frame.type == .open { try? connection.send(.success(frame.stream, message: [])) }
    }
    connection.close()
  }

  private static func code(_ body: () async throws -> Void) async -> StatusCode {
    do {
      try await body()
      return .ok
    } catch {
      return (error as? RPCStatus)?.code ?? .unknown
    }
  }

  private static var options: CallOptions { CallOptions(deadline: deadline) }

  private static func withClient(
    of server: RawServer, _ body: (TestServiceClient) async throws -> Void
  ) async throws {
    try await RPCFixture.withLoop { loop async throws in
      var options = ChannelOptions()
      options.messageBytes = WrongAnswer.messageBytes
      let channel = try await RPCFixture.connect(options, loop: loop, port: UInt16(server.port))
      let result: Result<Void, any Error>
      do {
        result = .success(try await body(TestServiceClient(channel)))
      } catch {
        result = .failure(error)
      }
      await channel.close(grace: .zero)
      try result.get()
    }
  }
}

extension WrongServerTests.Noise {
  fileprivate func draw(_ generator: inout SeededGenerator) -> [UInt8] {
    guard self == .frames else {
      let count = Int.random(in: 1...2_000, using: &generator)
      return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
    let count = Int.random(in: 1...30, using: &generator)
    return (0..<count).flatMap { _ in Self.frame(&generator) }
  }

  /// A frame of streams that are open, or nearly so; half of the payloads begin with zeros, as the
  /// heads do that are right.
  private static func frame(_ generator: inout SeededGenerator) -> [UInt8] {
    let fits: [UInt8: Int] = [5: 4, 6: 4, 7: 8, 8: 8]
    let type = UInt8.random(in: 0...11, using: &generator)
    let flags = [0, 0, 2, 4, 4, 6, 0x8000, UInt16.random(in: .min ... .max, using: &generator)]
    let streams: [UInt32] = [0, 0, 1, 1, 3, 3, 5, 2, 0x7fff_ffff]
    var payload = (0..<Int.random(in: 0...64, using: &generator)).map { _ in
      UInt8.random(in: .min ... .max, using: &generator)
    }
    if Bool.random(using: &generator) {
      payload = [UInt8](repeating: 0, count: 7) + payload
      if let count = fits[type] { payload = payload.suffix(count) }
    }
    return RawFrame.header(
      type, flags: flags.randomElement(using: &generator) ?? 0,
      stream: streams.randomElement(using: &generator) ?? 0, length: payload.count) + payload
  }
}
