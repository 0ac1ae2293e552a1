import RPCClient
import Testing

/// gRPC's negative cases: a server that behaves badly on the wire, our client against it.
@Suite(.timeLimit(.minutes(1))) struct NegativeInteropTests {
  @Test(arguments: NegativeCase.all)
  func `a server that behaves badly costs a client no more than the call`(
    _ negative: NegativeCase
  ) async throws {
    try await RawServer.with(negative.script) { server in
      try await RPCFixture.withLoop { loop async throws in
        let channel = try await RPCFixture.connect(
          ChannelOptions(), loop: loop, port: UInt16(server.port))
        let result: Result<Void, any Error>
        do {
          result = .success(try await negative.expect(server, TestServiceClient(channel)))
        } catch {
          result = .failure(error)
        }
        await channel.close(grace: .zero)
        try result.get()
      }
    }
  }
}
