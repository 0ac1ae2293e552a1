import Descriptors
import Messages
import RPCClient
import RPCServer
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct ReflectionTests {
  private static func withServer(
    _ body: (ReflectionServiceClient) async throws -> Void
  ) async throws {
    try await RPCFixture.with {
      $0.router.addEcho()
      $0.router.addChat()
      $0.router.addStandardServices()
    } _: { fixture async throws in
      try await body(ReflectionServiceClient(fixture.channel))
    }
  }

  @Test func `a server lists the services of its router, and no others`() async throws {
    try await Self.withServer { reflection async throws in
      let services = try await reflection.listServices(ListServicesRequest()).services
      #expect(
        services.map(\.name) == [
          "berth.v1.HealthService", "berth.v1.ReflectionService", "berth.v1.StatisticsService",
          "test.v1.TestService",
        ])
      let own = try #require(services.last)
      #expect(own.methods.map(\.name) == ["Chat", "Echo"])
      #expect(own.methods.map(\.requestStreaming) == [true, false])
      #expect(own.methods.map(\.responseStreaming) == [true, false])
      #expect(own.methods.allSatisfy { $0.input == "berth.v1.LogsRequest" })
    }
  }

  @Test(arguments: [
    "berth.v1.StatisticsService", "berth.v1.StatisticsService/ListConnections",
    "berth.v1.StatisticsService.ListConnections", ".berth.v1.TrafficStatistics",
    "berth.v1.ConnectionStatistics",
  ])
  func `a symbol's file comes first, then what it imports, each once`(symbol: String)
    async throws
  {
    try await Self.withServer { reflection async throws in
      let answer = try await reflection.getDescriptors(
        GetDescriptorsRequest(subject: .symbol(symbol)))
      let files = try answer.files.map { try Proto.File(decoding: $0) }
      #expect(
        files.map(\.name) == [
          "berth/v1/statistics.proto", "berth/v1/resources.proto",
          "google/protobuf/duration.proto", "google/protobuf/timestamp.proto",
        ])
    }
  }

  @Test func `a file is found by its name; what the router does not have is not`() async throws {
    try await Self.withServer { reflection async throws in
      let answer = try await reflection.getDescriptors(
        GetDescriptorsRequest(subject: .file("google/protobuf/duration.proto")))
      #expect(answer.files.count == 1)
      let subjects: [GetDescriptorsRequest.Subject] = [
        .symbol("berth.v1.UserService"), .file("berth/v1/users.proto"), .symbol(""),
      ]
      for subject in subjects {
        let status = await #expect(throws: RPCStatus.self) {
          try await reflection.getDescriptors(GetDescriptorsRequest(subject: subject))
        }
        #expect(status?.code == .notFound)
      }
      let none = await #expect(throws: RPCStatus.self) {
        try await reflection.getDescriptors(GetDescriptorsRequest())
      }
      #expect(none?.code == .invalidArgument)
    }
  }
}
