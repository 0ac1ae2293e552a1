import RPCClient
import TestSupport
import Testing
@_spi(Frames) import Wire

/// The client in Python, written from docs/protocol.md alone, against our server and against
/// servers that behave badly. `Examples/python/tests/interop.py` holds what it expects.
@Suite(.serialized, .timeLimit(.minutes(2))) struct PythonClientTests {
  @Test(arguments: [
    "empty_unary", "large_unary", "largest_messages", "server_streaming", "streams_in_turn",
    "custom_metadata", "credentials", "status_code_and_message", "special_status_message",
    "status_details", "unimplemented_method", "unimplemented_service",
    "cancel_after_first_response", "timeout_on_sleeping_server", "rpc_soak", "channel_soak",
    "reconnect", "wrong_authority", "wrong_name",
  ])
  func `a client written from the protocol's page alone agrees with the server`(
    _ name: String
  ) async throws {
    try await InteropPeers.with { peers async throws in
      try await Self.run(name, port: Int(peers.fixture.port))
      try await peers.expectWhole()
    }
  }

  @Test(arguments: [
    ("goaway", "goaway"), ("goaway_refuses_later_streams", "large_unary"),
    ("rst_after_header", "expect_internal"), ("rst_during_data", "expect_internal"),
    ("rst_after_data", "data_then_internal"), ("ping", "three_large"),
  ])
  func `a server that behaves badly costs the Python client no more than the call`(
    _ server: String, _ client: String
  ) async throws {
    let script = try #require(NegativeCase.all.first { $0.name == server }).script
    try await RawServer.with(script) { try await Self.run(client, port: $0.port) }
  }

  @Test(arguments: [
    Wrong(.protocolError, RawFrame(type: .window, payload: [0, 0, 0, 0])),
    Wrong(.protocolError, RawFrame(type: .settings)),
    Wrong(.protocolError, RawFrame(type: .status, stream: 3, payload: [0, 0, 0, 0, 0, 0, 0, 0])),
    Wrong(.protocolError, RawFrame(type: .status, stream: 1, payload: [0, 1, 0, 0, 0, 0, 0, 0])),
    Wrong(.protocolError, RawFrame(type: .data, flags: .more, stream: 1, payload: [1])),
    Wrong(.protocolError, RawFrame(type: .data, flags: .end, stream: 1)),
    Wrong(.protocolError, RawFrame(type: .credentials, payload: [1])),
    Wrong(.protocolError, RawFrame(type: .ping, payload: [1])),
  ])
  func `the Python client ends a connection on which the protocol is broken, and says why`(
    _ wrong: Wrong
  ) async throws {
    try await RawServer.with { connection, _ throws in
      try connection.send(.settings())
      _ = try connection.receiveCall()
      try connection.send(wrong.frame)
      let end = try connection.receive("GOAWAY") { $0.type == .goaway }
      let goAway = try end.payload.withUnsafeBytes { bytes throws in try GoAway.parse(bytes) }
      guard goAway.code == wrong.code else {
        throw RawConnection.Failed(description: "\(goAway) for \(wrong.frame)")
      }
      connection.finish()
    } _: { server in
      try await Self.run("violation", port: server.port)
    }
  }

  /// A frame that a server must not send, and how the client must close.
  struct Wrong: Sendable, CustomTestStringConvertible {
    let code: CloseCode
    let frame: RawFrame

    init(_ code: CloseCode, _ frame: RawFrame) {
      self.code = code
      self.frame = frame
    }

    var testDescription: String { "\(frame)" }
  }

  private static func run(_ name: String, port: Int) async throws {
    let authority = try TestEnvironment.certificates().authority
    let outcome = try await PythonClient.run(
      "tests/interop.py", ["127.0.0.1:\(port)", authority, name])
    #expect(outcome.exit.isSuccess, "\(name): \(outcome)")
  }
}
