import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct StatisticsTests {
  private static func setUp(_ setup: inout RPCFixture.Setup) {
    setup.loops = 2
    setup.interceptors = StandardInterceptors().chain
    setup.router.addEcho()
    setup.router.addList()
    setup.router.add(TestMethods.change) { _, _ async throws(RPCStatus) in
      throw RPCStatus(.aborted, "no")
    }
    setup.router.addStandardServices(.statistics)
  }

  @Test func `a connection's calls, messages and bytes are counted`() async throws {
    try await RPCFixture.with {
      Self.setUp(&$0)
    } _: { fixture async throws in
      for _ in 0..<3 { _ = try await fixture.echo("abc") }
      _ = try? await fixture.change()
      for try await _ in fixture.list(5) {}
      let client = StatisticsServiceClient(fixture.channel)
      let connections = try await client.listConnections(ListConnectionsRequest()).connections
      let own = try #require(connections.first)
      #expect(connections.count == 1)
      #expect(own.cipher.hasPrefix("TLS_"))
      #expect(own.peer.hasPrefix("127.0.0.1:"))
      #expect(own.draining == false)
      let traffic = try #require(own.traffic)
      // With the call that asks.
      #expect(traffic.streamsOpened == 6)
      #expect(traffic.streamsOpen == 1)
      #expect(traffic.streamsFailed == 1)
      #expect(traffic.messagesReceived == 6)
      #expect(traffic.messagesSent == 8)
      let request = LogsRequest(deploymentID: "abc").serialized().count
      let response = LogsResponse("abc").serialized().count
      let listed = (1...5).map { LogsResponse(attempt: $0).serialized().count }.reduce(0, +)
      #expect(traffic.bytesSent == UInt64(3 * response + listed))
      #expect(traffic.bytesReceived >= UInt64(3 * request))
    }
  }

  @Test func `connections are shared out evenly over the loops`() async throws {
    try await RPCFixture.with {
      Self.setUp(&$0)
      $0.loops = 4
    } _: { fixture async throws in
      let client = StatisticsServiceClient(fixture.channel)
      func perLoop() async throws -> [Int32: Int] {
        let found = try await client.listConnections(ListConnectionsRequest()).connections
        return Dictionary(grouping: found, by: \.loop).mapValues(\.count)
      }
      func connect() async throws -> Channel {
        let channel = try await RPCFixture.connect(
          ChannelOptions(), loop: fixture.clientLoop, port: fixture.port)
        let _: LogsResponse = try await channel.unary(TestMethods.echo, LogsRequest())
        return channel
      }
      var channels: [Channel] = []
      for _ in 0..<15 { channels.append(try await connect()) }
      // With the one that asks.
      #expect(try await perLoop() == [0: 4, 1: 4, 2: 4, 3: 4])
      for channel in channels.prefix(8) { await channel.close(grace: .seconds(5)) }
      try await eventually("they are closed") { try await perLoop().values.reduce(0, +) == 8 }
      for _ in 0..<8 { channels.append(try await connect()) }
      #expect(try await perLoop() == [0: 4, 1: 4, 2: 4, 3: 4])
      for channel in channels { await channel.close(grace: .zero) }
    }
  }

  @Test func `the server's sums hold what closed connections did`() async throws {
    try await RPCFixture.with {
      Self.setUp(&$0)
    } _: { fixture async throws in
      let other = try await RPCFixture.connect(
        ChannelOptions(), loop: fixture.clientLoop, port: fixture.port)
      let _: LogsResponse = try await other.unary(TestMethods.echo, LogsRequest())
      await other.close(grace: .seconds(5))
      let client = StatisticsServiceClient(fixture.channel)
      let answer = try await eventually("the server knows that it is closed") {
        let answer = try await client.getServerStatistics(GetServerStatisticsRequest())
        return answer.connectionsOpen == 1 ? answer : nil
      }
      #expect(answer.connectionsAccepted == 2)
      #expect(answer.loops == 2)
      let traffic = try #require(answer.traffic)
      #expect(traffic.streamsOpen == 1)
      #expect(traffic.streamsOpened == traffic.messagesReceived)
      #expect(traffic.messagesSent == traffic.streamsOpened - 1)
      let started = try #require(answer.startedAt)
      #expect(started != Timestamp())
      // The program itself sees the same.
      let own = await fixture.server.statistics()
      #expect(own.connectionsAccepted == 2)
      #expect(own.startedAt == started)
    }
  }

  @Test func `connections are listed in pages, over all loops, each once`() async throws {
    try await RPCFixture.with {
      Self.setUp(&$0)
    } _: { fixture async throws in
      var others: [Channel] = []
      for _ in 0..<7 {
        others.append(
          try await RPCFixture.connect(
            ChannelOptions(), loop: fixture.clientLoop, port: fixture.port))
      }
      let client = StatisticsServiceClient(fixture.channel)
      try await eventually("all are there") {
        try await client.getServerStatistics(GetServerStatisticsRequest()).connectionsOpen == 8
      }
      var ids: [UInt64] = []
      var token = ""
      repeat {
        let page = try await client.listConnections(
          ListConnectionsRequest(page: PageRequest(size: 3, token: token)))
        #expect(page.connections.count <= 3)
        ids += page.connections.map(\.id)
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(ids.count == 8)
      #expect(Set(ids).count == 8)
      #expect(ids == ids.sorted())
      for page in [PageRequest(size: 501), PageRequest(size: -1), PageRequest(token: "x")] {
        let status = await #expect(throws: RPCStatus.self) {
          try await client.listConnections(ListConnectionsRequest(page: page))
        }
        #expect(status?.code == .invalidArgument)
      }
      for other in others { await other.close(grace: .zero) }
    }
  }

  @Test func `methods are counted by code, with how long they took`() async throws {
    try await RPCFixture.with {
      Self.setUp(&$0)
    } _: { fixture async throws in
      for _ in 0..<4 { _ = try await fixture.echo("") }
      for _ in 0..<2 { _ = try? await fixture.change() }
      let client = StatisticsServiceClient(fixture.channel)
      let used = try await client.listMethodStatistics(ListMethodStatisticsRequest()).methods
      #expect(
        used.map(\.method) == [
          "berth.v1.StatisticsService/ListMethodStatistics", "test.v1.TestService/Change",
          "test.v1.TestService/Echo",
        ])
      let change = used[1]
      #expect(change.started == 2)
      #expect(change.ended == [CodeCount(code: "ABORTED", count: 2)])
      let echo = used[2]
      #expect(echo.ended == [CodeCount(code: "OK", count: 4)])
      #expect(echo.latency.map(\.count).reduce(0, +) == 4)
      #expect(echo.time != nil && echo.time != ProtobufDuration())
      // The one that asks has not ended.
      #expect(used[0].started == 1)
      #expect(used[0].ended == [])
      let first = try await client.listMethodStatistics(
        ListMethodStatisticsRequest(page: PageRequest(size: 1), includeUnused: true))
      #expect(first.methods.count == 1)
      let second = try await client.listMethodStatistics(
        ListMethodStatisticsRequest(
          page: PageRequest(size: 500, token: first.nextPageToken), includeUnused: true))
      #expect(second.methods.count == 5)
      #expect(second.nextPageToken == "")
    }
  }
}
