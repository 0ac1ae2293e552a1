import RPCServer
import Testing
import Transport

/// One case of gRPC's interoperability tests, under its name there.
struct InteropCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// Streams of a connection that the server allows.
  let streams: Int
  let run: @Sendable (InteropPeers) async throws -> Void

  init(
    _ name: String, streams: Int = 256,
    _ run: @escaping @Sendable (InteropPeers) async throws -> Void
  ) {
    self.name = name
    self.streams = streams
    self.run = run
  }

  var testDescription: String { name }

  /// Runs the case; after it no handler may be left and the connection must serve on.
  func check() async throws {
    try await InteropPeers.with {
      $0.configuration.transport.streams = streams
    } _: { peers async throws in
      try await run(peers)
      try await peers.expectWhole()
    }
  }

  /// Every case but those of `soakCases`, which load a machine.
  static let all: [InteropCase] =
    unaryCases + streamingCases + statusCases + endingCases + scalingCases
}
