import RPCClient
import TestSupport
import Testing
import Transport
@_spi(Frames) import Wire

/// A server with gRPC's TestService and a client of it, over TLS.
struct InteropPeers: Sendable {
  let fixture: RPCFixture
  let service: InteropService

  /// Over the fixture's channel.
  var client: TestServiceClient { TestServiceClient(fixture.channel) }

  static func with(
    _ configure: (inout RPCFixture.Setup) -> Void = { _ in },
    _ body: (InteropPeers) async throws -> Void
  ) async throws {
    let service = InteropService()
    try await RPCFixture.with { setup in
      service.register(in: &setup.router)
      configure(&setup)
    } _: { fixture async throws in
      try await body(InteropPeers(fixture: fixture, service: service))
    }
  }

  /// What holds after every case: no handler was left behind, and the connection goes on.
  func expectWhole() async throws {
    try await eventually("every handler to end") { service.ended.value == service.begun.value }
    #expect(try await client.emptyCall(Empty()) == Empty())
  }
}
