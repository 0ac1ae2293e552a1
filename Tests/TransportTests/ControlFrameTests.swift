import EventLoop
import TestSupport
import Testing
@_spi(Frames) import Wire

@testable import Transport

/// The bound of the control frames that wait for the peer, wherever it is hit.
@Suite struct ControlFrameTests {
  /// What makes the control frame that is one too many, while the stream's place is in use.
  struct Row: Sendable, CustomStringConvertible {
    let description: String
    let role: ConnectionState.Role
    /// Whether the handler takes its messages at once.
    var takes = false
    /// Control frames before the last one; the bound is fifty.
    var pings = 50
    /// Frames for stream 1, on which a message of 40,000 bytes has been sent.
    let last: [RawFrame]
    /// What the handler of stream 1 is told in that turn.
    let told: [String]
  }

  private static let message = BoundRows.message(40_000)
  private static let reset = RawFrame(6, stream: 1, [0, 0, 0, 1])

  static let rows: [Row] = [
    Row(
      description: "a WINDOW of the connection for a message that was taken", role: .server,
      takes: true, last: message, told: ["message 40000"]),
    Row(
      description: "a WINDOW of the stream for a message that was taken", role: .server,
      takes: true, pings: 49, last: message, told: ["message 40000"]),
    Row(
      description: "a WINDOW for what a client reset", role: .server, last: message + [reset],
      told: ["message 40000", "reset CANCELLED"]),
    Row(
      description: "a WINDOW for a message that a client took", role: .client, takes: true,
      last: message, told: ["message 40000"]),
    Row(
      description: "a WINDOW for what a server reset", role: .client, last: message + [reset],
      told: ["message 40000", "reset CANCELLED"]),
    Row(
      description: "a WINDOW for what was left at the status", role: .client,
      last: message + [RawFrame(4, stream: 1, [UInt8](repeating: 0, count: 8))],
      told: ["message 40000", "status OK"]),
  ]

  private static let ping = RawFrame(7, [1, 2, 3, 4, 5, 6, 7, 8])

  private static func limits() -> TransportLimits {
    var limits = TransportLimits()
    limits.queuedControlFrames = 50
    limits.pingBurst = 10_000
    limits.keepaliveInterval = nil
    // The floor: a message of 40,000 bytes is more than half of it.
    limits.streamCreditBytes = 65_536
    limits.connectionCreditBytes = 65_536
    return limits
  }

  @Test(arguments: rows)
  func `one too many ends the connection at the end of the turn, and nothing more is read`(
    _ row: Row
  ) async throws {
    let stage = try await ModelStage.make()
    try await stage.loop.run {
      let handler = Recorder(takes: row.takes)
      let duet = try stage.duet(row.role, limits: Self.limits(), handler: handler)
      duet.send(RawFrame(1, []).bytes[...])
      if row.role == .client {
        _ = try duet.connection.open(OpenHead(method: "m"), handler: handler, end: false)
      } else {
        duet.send(BoundRows.open("m", 0).bytes[...])
      }
      duet.endTurn()
      let pings = [RawFrame](repeating: Self.ping, count: row.pings)
      let behind = [RawFrame(9, [0, 0, 0, 0, 0, 0, 0, 0])]
      duet.send((pings + row.last + behind).flatMap(\.bytes)[...])
      #expect(handler.told == row.told)
      #expect(duet.connection.isEstablished)
      // More of it is not looked at in this turn.
      duet.send(behind.flatMap(\.bytes)[...])
      duet.connection.ready(.readable)
      duet.connection.turnEnded()
      let end = handler.told.dropFirst(row.told.count)
      #expect(end.last == "closed: too many control frames wait for the peer")
      #expect(!end.contains("draining"))
      #expect(duet.connection.isClosed)
    }
    await stage.loop.shutdown()
  }

  @Test func `a GOAWAY that is one too many ends the connection at once`() async throws {
    let stage = try await ModelStage.make()
    try await stage.loop.run {
      let handler = Recorder(takes: false)
      let duet = try stage.duet(.server, limits: Self.limits(), handler: handler)
      duet.send(RawFrame(1, []).bytes[...])
      duet.endTurn()
      duet.send([RawFrame](repeating: Self.ping, count: 50).flatMap(\.bytes)[...])
      duet.connection.close(reason: "enough")
      #expect(handler.told == ["closed: too many control frames wait for the peer"])
      #expect(duet.connection.isClosed)
    }
    await stage.loop.shutdown()
  }

  @Test func `a peer that reads all the time may be answered for ever`() async throws {
    let stage = try await ModelStage.make()
    try await stage.loop.run {
      var limits = Self.limits()
      limits.recordsPerTurn = 1
      let duet = try stage.duet(.server, limits: limits, handler: Recorder(takes: true))
      // Takes messages of 8 MiB, with all the credit there is.
      let settings = RawFrame(
        1,
        [0, 2, 0, 0x80, 0, 0, 0, 4, 0x7f, 0xff, 0xff, 0xff, 0, 5, 0x7f, 0xff, 0xff, 0xff])
      let replies = [1, 3, 5, 7].map { BoundRows.open("big", stream: $0) }
      let stream = BoundRows.open("m", stream: 9, 0)
      duet.send(([settings] + replies + [stream]).flatMap(\.bytes)[...])
      let message = BoundRows.message(40_000, stream: 9).flatMap(\.bytes)
      for _ in 0..<300 {
        duet.send(message[...])
        duet.endOneTurn()
        // There is always something behind what has gone.
        try #require(duet.connection.isEstablished)
        try #require(duet.connection.unsentBytes > 0)
      }
      duet.endTurn()
      #expect(duet.connection.isEstablished)
      let windows = try duet.answers().filter { $0.windowBytes > 0 }
      #expect(windows.count == 600)
    }
    await stage.loop.shutdown()
  }
}

/// Writes down what a connection and its streams are told.
private final class Recorder: ConnectionHandler, StreamHandler {
  private(set) var told: [String] = []
  private let takes: Bool

  init(takes: Bool) { self.takes = takes }

  func connection(
    _ connection: Connection, opened stream: Stream, head: OpenHeadView,
    message: UnsafeRawBufferPointer?, end: Bool
  ) {
    if head.methodName == "big" {
      stream.finish(count: 4 << 20) { $0.initializeMemory(as: UInt8.self, repeating: 7) }
    } else {
      stream.handler = self
    }
  }

  func connectionDraining(_ connection: Connection) { told.append("draining") }

  func connectionClosed(_ connection: Connection, reason: String) {
    told.append("closed: \(reason)")
  }

  func stream(_ stream: Stream, message: UnsafeRawBufferPointer) {
    told.append("message \(message.count)")
    if takes { stream.consumed(message.count) }
  }

  func stream(
    _ stream: Stream, status: RPCStatus, metadata: Metadata, message: UnsafeRawBufferPointer?
  ) {
    told.append("status \(status.code)")
  }

  func streamReset(_ stream: Stream, code: ResetCode) { told.append("reset \(code)") }
}
