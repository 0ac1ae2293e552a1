import Cryptography
import EventLoop
import TestSupport
import Testing
@_spi(Frames) import Wire

@testable import Transport

/// docs/protocol.md, bound by bound, with the server's defaults: what lies at the bound passes, and
/// one more gets the answer that the page names.
@Suite struct ProtocolBoundTests {
  struct Row: Sendable, CustomStringConvertible {
    let description: String
    /// Passes as it is.
    let atBound: [RawFrame]
    let beyond: [RawFrame]
    /// What `beyond` is answered.
    let answer: Answer

    init(_ description: String, _ atBound: [RawFrame], _ beyond: [RawFrame], _ answer: Answer) {
      self.description = description
      self.atBound = atBound
      self.beyond = beyond
      self.answer = answer
    }

    /// The same where what is beyond ends the connection.
    init(_ description: String, _ atBound: [RawFrame], _ beyond: [RawFrame], ends code: UInt32) {
      self.init(description, atBound, beyond, .goaway(lastStream: 0, code: code))
    }
  }

  @Test(arguments: BoundRows.all)
  func `at the bound it passes, one beyond gets what the page says`(_ row: Row) async throws {
    let stage = try await ModelStage.make()
    try await stage.loop.run {
      try Self.checkAtBound(row, stage)
      try Self.checkBeyond(row, stage)
    }
    await stage.loop.shutdown()
  }

  private static let last = RawFrame(7, [9, 9, 9, 9, 9, 9, 9, 9])

  private static func limits() -> TransportLimits {
    var limits = TransportLimits()
    limits.keepaliveInterval = nil
    // Nothing is forgiven while a test runs.
    limits.faultPeriod = .seconds(1_000_000)
    return limits
  }

  private static func checkAtBound(_ row: Row, _ stage: ModelStage) throws {
    let (answers, isClosed) = try stage.answers(to: row.atBound, limits: limits())
    #expect(!isClosed, "\(answers)")
    #expect(!answers.contains { isEqual($0, row.answer) }, "\(answers)")
  }

  private static func checkBeyond(_ row: Row, _ stage: ModelStage) throws {
    let (answers, isClosed) = try stage.answers(to: row.beyond + [last], limits: limits())
    #expect(answers.contains { isEqual($0, row.answer) }, "\(answers.suffix(5))")
    if case .goaway = row.answer {
      #expect(isClosed)
      #expect(answers.last.map { isEqual($0, row.answer) } == true)
    } else {
      // What is wrong with a call ends that call alone.
      #expect(!isClosed)
      #expect(answers.last == .pong(last.payload))
    }
  }

  /// The last stream of a GOAWAY is not what these rows are about.
  private static func isEqual(_ real: Answer, _ expected: Answer) -> Bool {
    if case .goaway(_, let code) = real, case .goaway(_, let wanted) = expected {
      return code == wanted
    }
    return real == expected
  }

  @Test func `control frames that wait for the peer are bounded`() async throws {
    let stage = try await ModelStage.make()
    let (atBound, beyond) = try await stage.loop.run {
      var limits = Self.limits()
      limits.pingBurst = 20_000
      #expect(limits.queuedControlFrames == 10_000)
      let pings = [RawFrame](repeating: Self.last, count: 10_001)
      let settings = RawFrame(1, [])
      return (
        try stage.answers(to: [settings] + pings.dropLast(), limits: limits, isOneTurn: true),
        try stage.answers(to: [settings] + pings, limits: limits, isOneTurn: true)
      )
    }
    #expect(!atBound.isClosed)
    #expect(atBound.answers.count == 10_001)
    #expect(beyond.isClosed)
    // Closed, and nothing of it was said.
    #expect(beyond.answers.count < 10_001)
    await stage.loop.shutdown()
  }

  @Test func `the defaults are those of the page`() {
    let limits = TransportLimits()
    #expect(limits.messageBytes == 4 << 20)
    #expect(WireLimits.frameBytes == 16_384)
    #expect(WireLimits.payloadBytes == 16_372)
    #expect(limits.metadataBytes == 8 << 10)
    #expect(limits.streams == 256)
    #expect(limits.streamCreditBytes == 256 << 10)
    #expect(limits.connectionCreditBytes == 1 << 20)
    #expect(limits.faults == 200)
    #expect(limits.faultPeriod == .seconds(30))
    #expect(limits.pingBurst == 100)
    #expect(limits.pingInterval == .seconds(10))
    #expect(limits.queuedControlFrames == 10_000)
    #expect(CryptographyLimits.postHandshakeMessages == 32)
    #expect(limits.postHandshakeInterval == .seconds(1))
    #expect(limits.emptyFrames == 1)
    #expect(WireLimits.messagesInParts == 4)
    #expect(limits.handshakeTimeout == .seconds(10))
    #expect(limits.firstFrameTimeout == .seconds(10))
    #expect(limits.progressTimeout == .seconds(30))
    #expect(limits.outboundBytes == 1 << 20)
    #expect(limits.writeTimeout == .seconds(30))
    #expect(limits.connectionAge == .seconds(3_600))
    #expect(limits.connectionAgeJitter == 0.1)
    let listener = ListenerLimits()
    #expect(listener.connections == 16_384)
    #expect(listener.connectionsPerAddress == 4_096)
    #expect(listener.handshakes == 1_024)
    let settings = Settings()
    #expect(settings.streams == 64)
    #expect(settings.messageBytes == 65_536)
    #expect(settings.streamCreditBytes == 65_536)
    #expect(settings.connectionCreditBytes == 65_536)
    #expect(settings.metadataBytes == 8_192)
    #expect(settings.pingIntervalMilliseconds == 10_000)
  }
}
