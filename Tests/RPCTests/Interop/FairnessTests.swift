import Dispatch
import EventLoop
import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
import Transport
@_spi(Frames) import Wire

/// No call, message or peer holds up the others.
@Suite(.timeLimit(.minutes(2))) struct FairnessTests {
  /// A response as large as messages may be, all but its framing.
  private static let largestResponseBytes: Int32 = (4 << 20) - 64

  @Test func `a stream nobody reads does not delay another`() async throws {
    try await InteropPeers.with { peers async throws in
      // Responses that the client does not take, and requests that the handler does not: each
      // holds the credit of its stream, a quarter of the connection's.
      var unread: [ResponseStream<StreamingOutputCallResponse>] = []
      for _ in 0..<2 {
        let request = StreamingOutputCallRequest(
          responseParameters: Array(repeating: ResponseParameters(size: 10_000), count: 1_000))
        unread.append(peers.client.streamingOutputCall(request))
      }
      let blocked = try await peers.client.fullDuplexCall()
      try await blocked.send(.asking(1, after: 1_800_000_000))
      let sender = Task {
        while true { try await blocked.send(.asking(1, payloadBytes: 10_000)) }
      }
      try await eventually("all handlers run") { peers.service.begun.value == 3 }
      for _ in 0..<20 { try await InteropCase.expectLarge(peers.client) }
      let beside = StreamingOutputCallRequest(
        responseParameters: Array(repeating: ResponseParameters(size: 10_000), count: 200))
      let sizes = try await peers.client.streamingOutputCall(beside).sizes()
      #expect(sizes.count == 200)
      // They still wait: two for their reader, the third for its handler.
      #expect(peers.service.begun.value - peers.service.ended.value == 3)
      for stream in unread { #expect(try await stream.sizes().count == 1_000) }
      sender.cancel()
      blocked.cancel()
      await #expect(throws: RPCStatus.self) { try await sender.value }
      try await peers.expectWhole()
    }
  }

  @Test func `a 4 MiB response delays a ping or a small call by no more than a record`()
    async throws
  {
    try await InteropPeers.with { peers async throws in
      let connection = try RawConnection.connect(port: peers.fixture.port, receiveBytes: 8_192)
      try connection.send(.settings())
      let large = SimpleRequest(responseSize: Self.largestResponseBytes).serialized()
      try connection.send(.open(TestServiceMethods.unaryCall.path, stream: 1, message: large))
      try await eventually("the response to be queued") { peers.service.ended.value == 1 }
      // While nothing is read: pings and small calls, which come to the server in one record.
      try connection.send(
        stride(from: UInt32(3), through: 15, by: 2).flatMap { stream in
          [
            RawFrame.ping(UInt8(stream)),
            .open(TestServiceMethods.emptyCall.path, stream: stream),
          ]
        })
      try await eventually("the small calls to be answered") { peers.service.ended.value == 8 }

      let order = try Self.read(connection, until: 1)
      #expect(order.pongs == [3, 5, 7, 9, 11, 13, 15])
      #expect(order.statuses == [3, 5, 7, 9, 11, 13, 15, 1])
      // What the kernel had taken came first; the rest of the 4 MiB did not.
      #expect(order.bytesBeforeFirstAnswer < 1 << 20)
      #expect(order.longestGap <= 1, "frames of the large message between two answers")
      connection.close()
      try await peers.expectWhole()
    }
  }

  /// What came on a connection, as far as it concerns who overtook whom.
  private struct Order {
    var pongs: [UInt8] = []
    var statuses: [UInt32] = []
    var bytesBeforeFirstAnswer = 0
    /// Frames of the large message between two answers to others.
    var longestGap = 0
  }

  private static func read(_ connection: RawConnection, until last: UInt32) throws -> Order {
    var order = Order()
    var gap = 0
    while order.statuses.last != last, let frame = try connection.receive() {
      let isAnswer = frame.type == .pong || frame.type == .status && frame.stream != last
      if isAnswer {
        if !(order.pongs.isEmpty && order.statuses.isEmpty) {
          order.longestGap = max(order.longestGap, gap)
        }
        gap = 0
      }
      switch frame.type {
      case .pong: order.pongs.append(frame.payload[7])
      case .status: order.statuses.append(frame.stream)
      case .data:
        gap += 1
        if order.pongs.isEmpty { order.bytesBeforeFirstAnswer += frame.payload.count }
      default: break
      }
    }
    return order
  }

  @Test func `a 4 MiB request delays a ping or a small call by no more than a record`()
    async throws
  {
    // Opened when the large call has begun, and when the small ones stand behind it.
    let (large, small) = (Gate(), DispatchSemaphore(value: 0))
    try await RawServer.with(receiveBytes: 8_192) { connection, _ throws in
      try connection.send(.settings())
      let first = try connection.receive("OPEN") { $0.type == .open }
      large.open()
      // Nothing is read meanwhile: the client writes until the kernel takes no more.
      guard small.wait(timeout: .now() + 20) == .success else {
        throw RawConnection.Failed(description: "no small calls")
      }
      // In one record, so that they come to the client together.
      try connection.send((1...Self.smallCalls).map { RawFrame.ping(UInt8($0)) })
      let order = try Self.readRequests(connection, beside: first)
      try order.check()
      try connection.send(([first.stream] + order.streams).map { .success($0, message: []) })
      connection.finish()
    } _: { server in
      try await RPCFixture.withLoop { loop async throws in
        let channel = try await RPCFixture.connect(
          ChannelOptions(), loop: loop, port: UInt16(server.port))
        let client = TestServiceClient(channel)
        let call = Task {
          try await client.unaryCall(
            SimpleRequest(payload: Payload(zeros: Int(Self.largestResponseBytes))))
        }
        await large.wait()
        // They run where the connection lives, in this order: when the last has begun, all have.
        let beside = (1..<Self.smallCalls).map { _ in
          Task(executorPreference: channel.taskExecutor) { () async throws -> Empty in
            try await client.emptyCall(Empty())
          }
        }
        let last = Task(executorPreference: channel.taskExecutor) { () async throws in
          try await client.fullDuplexCall()
        }
        let stream = try await last.value
        small.signal()
        for call in beside { #expect(try await call.value == Empty()) }
        var responses = stream.responses.makeAsyncIterator()
        #expect(try await responses.next() == StreamingOutputCallResponse())
        #expect(try await responses.next() == nil)
        #expect(try await call.value == SimpleResponse())
        await channel.close(grace: .zero)
      }
    }
  }

  private static let smallCalls = 7

  /// What came from a client while a large message of its did, each kind in its order.
  private struct Requests {
    /// What overtakes a large message.
    enum Kind: CaseIterable { case pong, open }

    var pongs: [UInt8] = []
    var streams: [UInt32] = []
    /// Bytes of the large message before the first of each kind.
    var bytesBefore: [Kind: Int] = [:]
    /// Frames of the large message between two of a kind, at most.
    var longestGap: [Kind: Int] = [:]
    private var framesBefore: [Kind: Int] = [:]

    mutating func note(_ kind: Kind, afterBytes bytes: Int, frames: Int) {
      if bytesBefore[kind] == nil { bytesBefore[kind] = bytes }
      let gap = frames - framesBefore[kind, default: frames]
      longestGap[kind] = max(longestGap[kind, default: 0], gap)
      framesBefore[kind] = frames
    }

    func check() throws {
      let numbers = 1...FairnessTests.smallCalls
      guard pongs == numbers.map({ UInt8($0) }), streams == numbers.map({ UInt32($0 * 2 + 1) }),
        // What the kernel had taken comes first; the rest of the 4 MiB must not.
        bytesBefore.values.allSatisfy({ $0 < 1 << 20 }),
        longestGap.values.allSatisfy({ $0 <= 1 })
      else { throw RawConnection.Failed(description: "\(self)") }
    }
  }

  private static func readRequests(
    _ connection: RawConnection, beside large: RawFrame
  ) throws -> Requests {
    var requests = Requests()
    var (bytes, frames) = (0, 0)
    while bytes < largestResponseBytes, let frame = try connection.receive() {
      switch frame.type {
      case .data:
        bytes += frame.payload.count
        frames += 1
      case .pong:
        requests.pongs.append(frame.payload[7])
        requests.note(.pong, afterBytes: bytes, frames: frames)
      case .open:
        requests.streams.append(frame.stream)
        requests.note(.open, afterBytes: bytes, frames: frames)
      default: break
      }
    }
    return requests
  }

  @Test func `a peer that stops reading is bounded and closed`() async throws {
    let written = Counter()
    let ended = Box<StatusCode?>(nil)
    try await RPCFixture.with { setup in
      setup.configuration.transport.outboundBytes = 64 << 10
      setup.configuration.transport.writeTimeout = .milliseconds(300)
      setup.router.addEcho()
      setup.router.serverStreaming(TestMethods.list) {
        (_: LogsRequest, responses: ResponseWriter<LogsResponse>, _: CallContext)
          async throws(RPCStatus) in
        do throws(RPCStatus) {
          while true {
            try await responses.write(LogsResponse(data: [UInt8](repeating: 0, count: 10_000)))
            written.increment()
          }
        } catch {
          ended.value = error.code
          throw error
        }
      }
    } _: { fixture async throws in
      let connection = try RawConnection.connect(port: fixture.port, receiveBytes: 8_192)
      // Credit without end, so that only the peer's reading bounds what the server holds.
      try connection.send(.settings(credit: 1 << 30))
      try connection.send(.open(TestMethods.list.path, stream: 1))
      // Others go on meanwhile, and it is over for the handler once the time to read is up.
      try await eventually("the handler is told") { () async throws -> Bool in
        #expect(try await fixture.echo("beside") == "beside")
        return ended.value != nil
      }
      #expect(ended.value == .cancelled || ended.value == .unavailable)
      // 64 KiB of its own, and what the kernel takes for a socket.
      #expect(written.value * 10_000 < 16 << 20)
      // What had been sent can still be read; then there is nothing more.
      var received = 0
      while let frame = try? connection.receive() { received += frame.payload.count }
      #expect(received <= (written.value + 8) * 10_100)
    }
  }
}
