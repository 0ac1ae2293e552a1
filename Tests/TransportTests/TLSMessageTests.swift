import Cryptography
import Glibc
import TestSupport
import Testing
@_spi(Frames) import Wire

@testable import Transport

/// What a peer's TLS may do beside carrying bytes.
@Suite struct TLSMessageTests {
  private static let most = CryptographyLimits.postHandshakeMessages

  /// None of the allowance comes back while a test runs.
  private static func limits() -> TransportLimits {
    var limits = TransportLimits()
    limits.postHandshakeInterval = .seconds(1_000_000)
    return limits
  }

  private static func expectExcess(_ end: GoAway) {
    #expect(end.code == .excessiveLoad)
    #expect(end.reason == "too many key updates and tickets of TLS")
  }

  @Test func `a client may update its keys, and one update too many ends the connection`()
    async throws
  {
    let server = try await TestServer.start(limits: Self.limits())
    let peer = try TLSPeer.connect(to: server)
    try peer.send(RawPeer.settings)
    try peer.updateKeys(Self.most)
    try peer.send(RawPeer.open("echo", stream: 1, message: [7]))
    #expect(try peer.receive(.status).payload.last == 7)
    try peer.updateKeys(1)
    Self.expectExcess(try peer.receiveEnd())
    try await eventually { server.log.closed.count == 1 }
    await server.stop()
  }

  @Test func `a flood of key updates is not read to its end`() async throws {
    let server = try await TestServer.start(limits: Self.limits())
    let peer = try TLSPeer.connect(to: server)
    try peer.sendAtOnce {
      try peer.send(RawPeer.settings)
      try peer.updateKeys(5_000)
      try peer.send(RawPeer.open("echo", stream: 1))
    }
    Self.expectExcess(try peer.receiveEnd())
    #expect(server.log.opened.isEmpty)
    await server.stop()
  }

  @Test func `bytes between them do not make up for key updates`() async throws {
    let server = try await TestServer.start(limits: Self.limits())
    let peer = try TLSPeer.connect(to: server)
    try peer.sendAtOnce {
      try peer.send(RawPeer.settings)
      for number in 0...Self.most {
        try peer.updateKeys(1)
        try peer.send(RawPeer.open("echo", stream: UInt32(number * 2 + 1)))
      }
    }
    Self.expectExcess(try peer.receiveEnd())
    await server.stop()
  }

  @Test func `the allowance comes back with time`() throws {
    let second: UInt64 = 1_000_000_000
    var state = ConnectionState(
      role: .server, phase: .open, limits: TransportLimits(), now: 0)
    try state.countPostHandshake(Self.most, now: 0)
    #expect(throws: ConnectionError.self) { try state.countPostHandshake(1, now: second - 1) }
    try state.countPostHandshake(1, now: second)
    try state.countPostHandshake(Self.most, now: 100 * second)
  }

  @Test(arguments: [true, false])
  func `a server's tickets and key updates are bounded for a client`(_ isTicket: Bool)
    async throws
  {
    let made = try await TestAuthority.make()
    var ends: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    let client = try await TestClient.begin(
      owning: ends[0], authority: made.authority, limits: Self.limits())
    let peer = try TLSPeer.accept(owning: ends[1], made: made)
    let send = isTicket ? peer.sendTickets : peer.updateKeys
    try peer.send(RawPeer.settings)
    try send(Self.most)
    try peer.send(RawPeer.ping())
    _ = try peer.receive(.pong)
    #expect(client.log.settled)
    try send(1)
    Self.expectExcess(try peer.receiveEnd())
    #expect(try await client.waitForClose() == "too many key updates and tickets of TLS")
    await client.stop()
  }

  @Test func `records of a byte are read in turns`() async throws {
    var limits = TransportLimits()
    limits.recordsPerFilling = 4
    limits.readsPerTurn = 2
    let server = try await TestServer.start(limits: limits)
    let peer = try TLSPeer.connect(to: server)
    try peer.sendAtOnce {
      for byte in RawPeer.settings + RawPeer.open("echo", stream: 1, message: [7]) {
        try peer.send([byte])
      }
    }
    #expect(try peer.receive(.status).payload.last == 7)
    await server.stop()
  }

  /// The codes of 512 to 4,096 bytes.
  @Test(arguments: Int32(1)...4)
  func `large messages reach a peer that wants small records`(_ fragment: Int32) async throws {
    let server = try await TestServer.start()
    let peer = try TLSPeer.connect(to: server, fragment: fragment)
    try peer.send(RawPeer.settings)
    // The first fits a record of the usual size, the others do not.
    for (index, count) in [16_000, 16_373, 65_536].enumerated() {
      try peer.send(RawPeer.open("big/\(count)", stream: UInt32(index * 2 + 1)))
      var bytes: [UInt8] = []
      if count > 16_364 {
        var isWhole = false
        while !isWhole {
          let part = try peer.receive(.data)
          bytes += part.payload
          isWhole = !part.flags.has(.more)
        }
      }
      let status = try peer.receive(.status)
      bytes += status.payload.dropFirst(StatusHead.fixedBytes)
      #expect(bytes == [UInt8](repeating: 7, count: count))
    }
    await server.stop()
  }
}
