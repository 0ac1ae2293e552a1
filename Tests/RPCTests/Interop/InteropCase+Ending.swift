import Messages
import RPCClient
import TestSupport
import Testing
@_spi(Frames) import Wire

extension InteropCase {
  static let endingCases = [
    InteropCase("cancel_after_begin") { peers async throws in
      let call = try await peers.client.streamingInputCall()
      try await eventually("the handler runs") { peers.service.begun.value == 1 }
      call.cancel()
      let status = await #expect(throws: RPCStatus.self) { try await call.finish() }
      #expect(status?.code == .cancelled)
      try await eventually("its handler ends") { peers.service.ended.value == 1 }
    },
    InteropCase("cancel_after_first_response") { peers async throws in
      let call = try await peers.client.fullDuplexCall()
      try await call.send(.asking(31_415, payloadBytes: 27_182))
      var responses = call.responses.makeAsyncIterator()
      #expect(try await responses.next()?.payload == Payload(zeros: 31_415))
      call.cancel()
      let status = await #expect(throws: RPCStatus.self) { try await responses.next() }
      #expect(status?.code == .cancelled)
      try await eventually("its handler ends") { peers.service.ended.value == 1 }
    },
    InteropCase("timeout_on_sleeping_server") { peers async throws in
      // After a millisecond, which may pass before any handler has begun.
      await expectTimeout(peers, after: .milliseconds(1))
      // Behind that call on the connection: whether its handler began is settled.
      #expect(try await peers.client.emptyCall(Empty()) == Empty())
      try await eventually("no handler runs") {
        peers.service.begun.value == peers.service.ended.value
      }
      // And with the handler asleep: it ends half an hour early.
      let before = peers.service.begun.value
      async let timeout: Void = expectTimeout(peers, after: .milliseconds(300))
      try await eventually("the handler runs") { peers.service.begun.value == before + 1 }
      await timeout
      try await eventually("its handler ends") { peers.service.ended.value == before + 1 }
    },
  ]

  /// The server would sleep half an hour; both ends give the call up.
  private static func expectTimeout(_ peers: InteropPeers, after deadline: Duration) async {
    let status = await #expect(throws: RPCStatus.self) {
      let call = try await peers.client.fullDuplexCall(options: CallOptions(deadline: deadline))
      try await call.send(.asking(31_415, payloadBytes: 27_182, after: 1_800_000_000))
      _ = try await call.responses.sizes()
    }
    #expect(status?.code == .deadlineExceeded)
  }
}
