import Messages
import RPCClient
import Testing

extension InteropCase {
  static let streamingCases = [
    InteropCase("client_streaming") { peers async throws in
      let call = try await peers.client.streamingInputCall()
      for size in requestSizes {
        try await call.send(StreamingInputCallRequest(payload: Payload(zeros: size)))
      }
      #expect(try await call.finish().aggregatedPayloadSize == 74_922)
    },
    InteropCase("server_streaming") { peers async throws in
      let request = StreamingOutputCallRequest(
        responseParameters: responseSizes.map { ResponseParameters(size: Int32($0)) })
      #expect(try await peers.client.streamingOutputCall(request).sizes() == responseSizes)
    },
    InteropCase("ping_pong") { peers async throws in
      let call = try await peers.client.fullDuplexCall()
      var responses = call.responses.makeAsyncIterator()
      for (sent, wanted) in zip(requestSizes, responseSizes) {
        try await call.send(.asking(Int32(wanted), payloadBytes: sent))
        let response = try await responses.next()
        #expect(response == StreamingOutputCallResponse(payload: Payload(zeros: wanted)))
      }
      call.finishSending()
      #expect(try await responses.next() == nil)
    },
    InteropCase("empty_stream") { peers async throws in
      let call = try await peers.client.fullDuplexCall()
      call.finishSending()
      #expect(try await call.responses.sizes() == [])
    },
  ]

  private static let requestSizes = [27_182, 8, 1_828, 45_904]
  private static let responseSizes = [31_415, 9, 2_653, 58_979]
}
