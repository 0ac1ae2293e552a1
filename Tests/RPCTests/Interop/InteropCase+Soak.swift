import RPCClient
import Testing

extension InteropCase {
  static let soakCases = [
    InteropCase("rpc_soak") { peers async throws in
      for _ in 0..<200 { try await expectLarge(peers.client) }
    },
    InteropCase("channel_soak") { peers async throws in
      for _ in 0..<100 {
        let fixture = peers.fixture
        let channel = try await RPCFixture.connect(
          ChannelOptions(), loop: fixture.clientLoop, port: fixture.port)
        try await expectLarge(TestServiceClient(channel))
        await channel.close()
      }
    },
    InteropCase("concurrent_large_unary") { peers async throws in
      let right = Counter()
      try await withThrowingTaskGroup { group in
        for _ in 0..<1_000 {
          group.addTask { () async throws in
            try await expectLarge(peers.client)
            right.increment()
          }
        }
        try await group.waitForAll()
      }
      #expect(right.value == 1_000)
    },
  ]
}
