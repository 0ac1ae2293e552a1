import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
@_spi(Frames) import Wire

/// A server that behaves badly in one way, and what our client must make of it: gRPC's negative
/// HTTP/2 tests under their names, where `berth/1` has the counterpart.
struct NegativeCase: Sendable, CustomTestStringConvertible {
  let name: String
  let script: RawServer.Script
  let expect: @Sendable (RawServer, TestServiceClient) async throws -> Void

  var testDescription: String { name }

  static let all: [NegativeCase] = [
    NegativeCase(name: "goaway", script: goAwayAfterFirst) { server, client async throws in
      try await InteropCase.expectLarge(client)
      try await eventually("the first connection to end") {
        try await InteropCase.expectLarge(client)
        return server.accepted == 2
      }
    },
    NegativeCase(name: "goaway_refuses_later_streams", script: goAwayThatRefuses) {
      server, client async throws in
      // No handler saw it, so it is made again although UnaryCall is not idempotent.
      try await InteropCase.expectLarge(client)
      #expect(server.accepted == 2)
    },
    NegativeCase(name: "rst_after_header", script: resetAfterHeader) {
      server, client async throws in
      try await expectFailure(.internal, of: client)
      #expect(server.accepted == 1)
    },
    NegativeCase(name: "rst_during_data", script: resetDuringData) { server, client async throws in
      try await expectFailure(.internal, of: client)
      #expect(server.accepted == 1)
    },
    NegativeCase(name: "rst_after_data", script: resetAfterData) { server, client async throws in
      // The message has come, the status has not.
      try await expectFailure(.internal, of: client)
      let stream = client.streamingOutputCall(.asking(InteropCase.largeResponseBytes))
      var responses = stream.makeAsyncIterator()
      #expect(
        try await responses.next()?.payload
          == Payload(zeros: Int(InteropCase.largeResponseBytes)))
      let status = await #expect(throws: RPCStatus.self) { try await responses.next() }
      #expect(status?.code == .internal)
      #expect(server.accepted == 1)
    },
    NegativeCase(name: "ping", script: pingEverywhere) { server, client async throws in
      for _ in 0..<3 { try await InteropCase.expectLarge(client) }
      #expect(server.accepted == 1)
    },
    NegativeCase(name: "max_streams", script: oneStreamAtATime) { server, client async throws in
      #expect(try await client.emptyCall(Empty()) == Empty())
      try await withThrowingTaskGroup { group in
        for _ in 0..<10 {
          group.addTask { () async throws in
            #expect(try await client.emptyCall(Empty()) == Empty())
          }
        }
        try await group.waitForAll()
      }
    },
  ]

  private static func expectFailure(
    _ code: StatusCode, of client: TestServiceClient
  ) async throws {
    let status = await #expect(throws: RPCStatus.self) {
      try await client.unaryCall(InteropCase.largeRequest)
    }
    #expect(status?.code == code)
  }
}
