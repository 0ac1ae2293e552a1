import RPCClient
import Testing

extension InteropCase {
  static let scalingCases = [
    InteropCase("max_concurrent_streams_connection_scaling", streams: 10) {
      peers async throws in
      func conversation() async throws -> BidirectionalCall<
        StreamingOutputCallRequest, StreamingOutputCallResponse
      > {
        let call = try await peers.client.fullDuplexCall()
        try await call.send(.asking(1))
        var responses = call.responses.makeAsyncIterator()
        #expect(try await responses.next()?.payload == Payload(zeros: 1))
        return call
      }
      var calls: [BidirectionalCall<StreamingOutputCallRequest, StreamingOutputCallResponse>] = []
      for _ in 0..<10 { calls.append(try await conversation()) }
      #expect(peers.service.peers.value.count == 1)
      // All streams of the connection are in use: the next call gets another connection.
      for _ in 0..<10 { calls.append(try await conversation()) }
      #expect(peers.service.peers.value.count == 2)
      for call in calls { call.finishSending() }
      for call in calls { #expect(try await call.responses.sizes() == []) }
    }
  ]
}
