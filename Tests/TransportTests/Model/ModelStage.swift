import Cryptography
import EventLoop
import TestSupport
@_spi(Frames) import Wire

@testable import Transport

/// A loop and the contexts on which frames are played against real connections.
final class ModelStage: @unchecked Sendable {
  // @unchecked: all are Sendable but the contexts, which are made and used on the loop alone.
  let loop: EventLoop
  private let server: TLSContext
  private let client: TLSContext

  private init(loop: EventLoop, server: TLSContext, client: TLSContext) {
    self.loop = loop
    self.server = server
    self.client = client
  }

  static func make() async throws -> ModelStage {
    let made = try await TestAuthority.make()
    let server = try TLSContext.server(
      certificateChain: made.certificate("localhost"), privateKey: made.key("localhost"))
    let client = try TLSContext.client(authority: made.authority)
    return ModelStage(loop: try EventLoop.start(name: "model"), server: server, client: client)
  }

  /// What the connections of one test share. On the loop.
  func context(_ limits: TransportLimits) -> TransportContext {
    TransportContext(loop: loop, tls: server, limits: limits)
  }

  /// A connection of ours in one role, and a peer by hand in the other. On the loop.
  func duet(
    _ role: ConnectionState.Role, limits: TransportLimits, handler: any ConnectionHandler
  ) throws -> Duet {
    switch role {
    case .server: return try Duet(context(limits), client: client, handler: handler)
    case .client:
      let context = TransportContext(loop: loop, tls: client, limits: limits)
      return try Duet(context, server: server, handler: handler)
    }
  }

  /// Nothing is given back by the mere passing of time.
  static func limits(_ bounds: ReferenceServer.Bounds) -> TransportLimits {
    var limits = TransportLimits()
    limits.streams = bounds.streams
    limits.messageBytes = bounds.messageBytes
    limits.metadataBytes = bounds.metadataBytes
    limits.streamCreditBytes = bounds.streamCredit
    limits.connectionCreditBytes = bounds.connectionCredit
    limits.faults = bounds.faults
    limits.faultPeriod = .seconds(1_000_000)
    limits.pingBurst = bounds.pings
    limits.pingInterval = .seconds(1_000_000)
    limits.keepaliveInterval = nil
    limits.connectionAge = nil
    return limits
  }

  /// What differs between the reference and the real server in any of `cuttings`; nil: nothing.
  func difference(
    of script: Script, _ cuttings: [Cutting] = Cutting.allCases, round: Int, seed: TestSeed,
    context: TransportContext
  ) -> String? {
    loop.assertCurrent()
    guard !script.reference.isBeyondModel else {
      return "\(seed), round \(round): beyond the model"
    }
    for cutting in cuttings {
      var random = seed.generator(round ^ 0x5eed)
      do {
        guard let difference = try play(script, cutting, context, using: &random) else { continue }
        return "\(seed), round \(round), cut \(cutting): \(difference)\n\(script.summary)"
      } catch {
        return "\(seed), round \(round), cut \(cutting): \(error)\n\(script.summary)"
      }
    }
    return nil
  }

  private func play(
    _ script: Script, _ cutting: Cutting, _ context: TransportContext,
    using random: inout SeededGenerator
  ) throws -> String? {
    let server = ScriptedServer()
    let duet = try Duet(context, client: client, handler: server)
    var frames: [[UInt8]] = []
    for step in script.steps {
      switch step {
      case .frame(let frame): frames.append(frame.bytes)
      case .action(let action): server.act(action, on: duet.connection)
      case .turn:
        for piece in cutting.cut(frames, using: &random) {
          duet.send(piece)
          if cutting != .whole { duet.endTurn() }
        }
        frames = []
        duet.endTurn()
      }
    }
    duet.hangUp()
    return try compare(script.reference, duet, server)
  }

  /// What a server of these limits answers to frames, each of them in a turn of its own but for
  /// `isOneTurn`, and whether it ended the connection.
  func answers(
    to frames: [RawFrame], limits: TransportLimits, isOneTurn: Bool = false
  ) throws -> (answers: [Answer], isClosed: Bool) {
    loop.assertCurrent()
    let server = ScriptedServer()
    let duet = try Duet(context(limits), client: client, handler: server)
    if isOneTurn {
      duet.send(frames.flatMap(\.bytes)[...])
    } else {
      for frame in frames {
        duet.send(frame.bytes[...])
        duet.endTurn()
      }
    }
    duet.endTurn()
    let isClosed = duet.connection.isClosed
    duet.hangUp()
    return (try duet.answers(), isClosed)
  }

  private func compare(
    _ reference: ReferenceServer, _ duet: Duet, _ server: ScriptedServer
  ) throws -> String? {
    guard duet.connection.state.phase == .closed else { return "the connection did not close" }
    if server.told != reference.told {
      return "handlers were told\n\(server.told)\ninstead of\n\(reference.told)"
    }
    let answers = try duet.answers()
    let streams = Set(answers.map(\.stream) + reference.answers.map(\.stream)).sorted()
    for stream in streams {
      var real = answers.filter { $0.stream == stream }
      var expected = reference.answers.filter { $0.stream == stream }
      if stream == 0 {
        let given = real.reduce(0) { $0 + $1.windowBytes }
        if !reference.mayHaveGivenBack(given) { return "\(given) bytes of credit came back" }
        real.removeAll { $0.windowBytes > 0 }
        expected.removeAll { $0.windowBytes > 0 }
      }
      if !Self.agree(real, expected, reference.endCodes) {
        return "on stream \(stream) the answers were\n\(real)\ninstead of\n\(expected)"
      }
    }
    return nil
  }

  /// Equal, but for the code of the last GOAWAY where a frame was wrong in several ways.
  private static func agree(_ real: [Answer], _ expected: [Answer], _ codes: Set<UInt32>) -> Bool {
    guard codes.count > 1, case .goaway(let last, let code)? = real.last,
      case .goaway(let expectedLast, _)? = expected.last
    else { return real == expected }
    return real.dropLast() == expected.dropLast() && last == expectedLast && codes.contains(code)
  }
}
