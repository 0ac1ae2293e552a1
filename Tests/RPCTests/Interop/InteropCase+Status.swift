import Messages
import RPCClient
import Testing
@_spi(Frames) import Wire

extension InteropCase {
  static let statusCases = [
    InteropCase("status_code_and_message") { peers async throws in
      try await expect(RPCStatus(.aborted, "test status message"), peers)
    },
    InteropCase("special_status_message") { peers async throws in
      let message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
      try await expect(RPCStatus(.aborted, message), peers)
    },
    InteropCase("unimplemented_method") { peers async throws in
      let method = MethodDescriptor(
        service: TestServiceMethods.emptyCall.service, name: "UnimplementedCall",
        requestStreaming: false, responseStreaming: false, idempotency: .unknown,
        input: Empty.self, output: Empty.self)
      let status = await #expect(throws: RPCStatus.self) {
        let _: Empty = try await peers.fixture.channel.unary(method, Empty())
      }
      #expect(status?.code == .unimplemented)
    },
    InteropCase("unimplemented_service") { peers async throws in
      let client = UnimplementedServiceClient(peers.fixture.channel)
      let status = await #expect(throws: RPCStatus.self) {
        try await client.unimplementedCall(Empty())
      }
      #expect(status?.code == .unimplemented)
    },
  ]

  /// Not UNKNOWN as in gRPC's: what a server says of that goes to its log, not over the wire.
  ///
  /// The status that a unary and a bidirectional call ask for is the one they end with.
  private static func expect(_ status: RPCStatus, _ peers: InteropPeers) async throws {
    let echo = EchoStatus(code: Int32(status.code.rawValue), message: status.message)
    let unary = await #expect(throws: RPCStatus.self) {
      try await peers.client.unaryCall(SimpleRequest(responseStatus: echo))
    }
    #expect(unary == status)
    let call = try await peers.client.fullDuplexCall()
    try await call.send(StreamingOutputCallRequest(responseStatus: echo))
    call.finishSending()
    let duplex = await #expect(throws: RPCStatus.self) { try await call.responses.sizes() }
    #expect(duplex == status)
  }
}
