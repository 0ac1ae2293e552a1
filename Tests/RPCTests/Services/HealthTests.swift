import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct HealthTests {
  private static func withServer(
    _ monitor: HealthMonitor, _ body: (RPCFixture, HealthServiceClient) async throws -> Void
  ) async throws {
    try await RPCFixture.with {
      $0.router.addEcho()
      $0.router.addStandardServices(.health, health: monitor)
    } _: { fixture async throws in
      try await body(fixture, HealthServiceClient(fixture.channel))
    }
  }

  @Test func `a server serves, as do its services, and others are not found`() async throws {
    try await Self.withServer(HealthMonitor()) { _, health async throws in
      for service in ["", "test.v1.TestService", "berth.v1.HealthService"] {
        let answer = try await health.check(HealthCheckRequest(service: service))
        #expect(answer.status == .serving, "\(service)")
      }
      let status = await #expect(throws: RPCStatus.self) {
        try await health.check(HealthCheckRequest(service: "test.v1.Other"))
      }
      #expect(status == RPCStatus(.notFound, "this server has no service test.v1.Other"))
    }
  }

  @Test func `one service can be down while the server is up, and one that was set is known`()
    async throws
  {
    let monitor = HealthMonitor()
    try await Self.withServer(monitor) { _, health async throws in
      monitor.set("test.v1.TestService", isServing: false)
      monitor.set("models", isServing: true)
      func status(_ service: String) async throws -> HealthCheckResponse.Status {
        try await health.check(HealthCheckRequest(service: service)).status
      }
      #expect(try await status("test.v1.TestService") == .notServing)
      #expect(try await status("") == .serving)
      #expect(try await status("models") == .serving)
      monitor.update([.init(name: "disk", isServing: false, isRequired: true)])
      #expect(try await status("") == .notServing)
      #expect(try await status("models") == .serving)
      monitor.set("models", isServing: nil)
      await #expect(throws: RPCStatus.self) { try await status("models") }
    }
  }

  @Test func `a watch tells the state now and each change of its service, and nothing else`()
    async throws
  {
    let monitor = HealthMonitor()
    try await Self.withServer(monitor) { _, health async throws in
      var iterator = health.watch(HealthCheckRequest(service: "test.v1.TestService"))
        .makeAsyncIterator()
      #expect(try await iterator.next()?.status == .serving)
      // Of another service: no answer to this watch.
      monitor.set("berth.v1.HealthService", isServing: false)
      monitor.set("test.v1.TestService", isServing: false)
      #expect(try await iterator.next()?.status == .notServing)
      monitor.set("test.v1.TestService", isServing: true)
      #expect(try await iterator.next()?.status == .serving)
    }
  }

  @Test func `a watch of an unknown service says so and goes on until it is known`() async throws {
    let monitor = HealthMonitor()
    try await Self.withServer(monitor) { _, health async throws in
      var iterator = health.watch(HealthCheckRequest(service: "models")).makeAsyncIterator()
      #expect(try await iterator.next()?.status == .serviceUnknown)
      monitor.set("models", isServing: true)
      #expect(try await iterator.next()?.status == .serving)
    }
  }

  @Test func `a server that ends says that it does not serve, then ends the watch`() async throws {
    try await Self.withServer(HealthMonitor()) { fixture, health async throws in
      var iterator = health.watch(HealthCheckRequest()).makeAsyncIterator()
      #expect(try await iterator.next()?.status == .serving)
      async let drained: Void = fixture.server.drain(grace: .seconds(50))
      #expect(try await iterator.next()?.status == .notServing)
      let status = await #expect(throws: RPCStatus.self) { try await iterator.next() }
      #expect(status?.code == .unavailable)
      #expect(status?.message == "the server is shutting down")
      // Not after the grace: nothing holds the server up.
      await drained
    }
  }
}
