import RPCClient
import TestSupport
import Testing

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

  /// What ends a connection with one unary call on it.
  private static let breaches = WrongAnswer.all.filter { row in
    guard case .connection = row.end else { return false }
    return row.calls == .unary
  }

  @Test(arguments: breaches)
  func `the Python client ends a connection on which the protocol is broken, and says why`(
    _ wrong: WrongAnswer
  ) async throws {
    try await RawServer.with { connection, _ throws in
      if wrong.sendsSettings { try connection.send(.settings()) }
      _ = try connection.receiveCall()
      try connection.send(bytes: wrong.bytes)
      try wrong.expectEnd(of: connection, words: false)
    } _: { server in
      try await Self.run("violation", port: server.port)
    }
  }

  private static func run(_ name: String, port: Int) async throws {
    let authority = try TestEnvironment.certificates().authority
    let outcome = try await PythonClient.run(
      "tests/interop.py", ["127.0.0.1:\(port)", authority, name])
    #expect(outcome.exit.isSuccess, "\(name): \(outcome)")
  }
}
