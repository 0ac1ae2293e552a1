import Dispatch
import RPCClient
import Testing
@_spi(Frames) import Wire

/// How often a client asks a silent server whether it is there.
@Suite(.timeLimit(.minutes(1))) struct KeepaliveTests {
  private static let keepalive = Duration.milliseconds(20)
  private static let pings = 8

  @Test func `a client asks no more often than the server announced, whatever its options say`()
    async throws
  {
    let (isQuiet, isOver) = (Gate(), Gate())
    try await RawServer.with(Self.script(isQuiet, isOver)) { server in
      try await RPCFixture.withLoop { loop async throws in
        var options = ChannelOptions()
        options.keepalive = Self.keepalive
        let port = UInt16(server.port)
        let patient = try await RPCFixture.connect(options, loop: loop, port: port)
        await isQuiet.wait()
        let eager = try await RPCFixture.connect(options, loop: loop, port: port)
        await isOver.wait()
        await patient.close(grace: .zero)
        await eager.close(grace: .zero)
      }
    }
  }

  /// The first connection may be asked once a minute, the second at any time. The second measures:
  /// while it is asked often, the first must not be asked at all.
  private static func script(_ isQuiet: Gate, _ isOver: Gate) -> RawServer.Script {
    let hasPassed = DispatchSemaphore(value: 0)
    return { connection, number throws in
      if number == 0 {
        defer { for gate in [isQuiet, isOver] { gate.open() } }
        try connection.send(.settings(pingInterval: .seconds(60)))
        try expectNoPing(connection, before: 1)
        isQuiet.open()
        guard hasPassed.wait(timeout: .now() + 30) == .success else {
          throw RawConnection.Failed(description: "nobody was asked")
        }
        try expectNoPing(connection, before: 2)
        isOver.open()
      } else {
        try connection.send(.settings())
        for _ in 0..<pings {
          let ping = try connection.receive("PING") { $0.type == .ping }
          try connection.send(RawFrame(type: .pong, payload: ping.payload))
        }
        hasPassed.signal()
      }
      connection.finish()
    }
  }

  /// A round trip, before which the client has not asked.
  private static func expectNoPing(_ connection: RawConnection, before number: UInt8) throws {
    try connection.send(.ping(number))
    let next = try connection.receive("PONG") { $0.type == .ping || $0.type == .pong }
    guard next.type == .pong else {
      throw RawConnection.Failed(description: "\(next) within the interval that was announced")
    }
  }
}
