import Messages
import RPCClient
import Testing
@_spi(Frames) import Wire

extension InteropCase {
  /// Bytes of gRPC's large request and response.
  static let largeRequestBytes = 271_828
  static let largeResponseBytes: Int32 = 314_159

  static var largeRequest: SimpleRequest {
    SimpleRequest(
      responseSize: largeResponseBytes, payload: Payload(zeros: largeRequestBytes))
  }

  static let unaryCases = [
    InteropCase("empty_unary") { peers async throws in
      #expect(try await peers.client.emptyCall(Empty()) == Empty())
    },
    InteropCase("large_unary") { peers async throws in
      try await expectLarge(peers.client)
    },
    InteropCase("custom_metadata") { peers async throws in
      let bytes: [UInt8] = [0xab, 0xab, 0xab]
      var sent: Metadata = [InteropService.echoedTextKey: "test_initial_metadata_value"]
      sent.append(bytes, for: InteropService.echoedBytesKey)
      let echoed = Box<[Metadata]>([])
      var options = CallOptions(metadata: sent)
      options.onTrailers = { echoed.value.append($0) }
      try await expectLarge(peers.client, options: options)
      let call = try await peers.client.fullDuplexCall(options: options)
      try await call.send(.asking(largeResponseBytes, payloadBytes: largeRequestBytes))
      call.finishSending()
      #expect(try await call.responses.sizes() == [Int(largeResponseBytes)])
      #expect(echoed.value.count == 2)
      for metadata in echoed.value {
        #expect(metadata[InteropService.echoedTextKey] == "test_initial_metadata_value")
        #expect(metadata.bytes(for: InteropService.echoedBytesKey) == bytes)
      }
    },
  ]

  static func expectLarge(
    _ client: TestServiceClient, options: CallOptions = CallOptions(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let response = try await client.unaryCall(largeRequest, options: options)
    #expect(
      response == SimpleResponse(payload: Payload(zeros: Int(largeResponseBytes))),
      sourceLocation: sourceLocation)
  }
}

extension StreamingOutputCallRequest {
  /// Asks for one response of that size.
  static func asking(
    _ size: Int32, payloadBytes: Int = 0, after microseconds: Int32 = 0
  ) -> StreamingOutputCallRequest {
    StreamingOutputCallRequest(
      responseParameters: [ResponseParameters(size: size, intervalUs: microseconds)],
      payload: payloadBytes > 0 ? Payload(zeros: payloadBytes) : nil)
  }
}

extension ResponseStream<StreamingOutputCallResponse> {
  /// Reads to the end: the bytes of every payload, which must be zeros.
  func sizes() async throws -> [Int] {
    var sizes: [Int] = []
    for try await response in self {
      let body = try #require(response.payload).body
      #expect(body.allSatisfy { $0 == 0 })
      sizes.append(body.count)
    }
    return sizes
  }
}
