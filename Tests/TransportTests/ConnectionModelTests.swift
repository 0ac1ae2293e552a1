import Cryptography
import EventLoop
import TestSupport
import Testing
@_spi(Frames) import Wire

@testable import Transport

/// Whole connections, real TLS included, against `ReferenceServer`: random sequences of frames,
/// legal and illegal, cut in every way, lead to the same answers, the same calls of the handlers
/// and the same end.
@Suite struct ConnectionModelTests {
  private static let stepsOfAScript = 60

  @Test func `a connection does what the reference does, however its bytes are cut`() async throws {
    let seed = TestSeed.draw()
    let stage = try await ModelStage.make()
    let rounds = TestScale.rounds(400, soak: 10_000)
    let differences = await stage.loop.run { () -> [String] in
      let context = stage.context(ModelStage.limits(ReferenceServer.Bounds()))
      let all = (0..<rounds).lazy.compactMap { round in
        stage.difference(
          of: Self.script(seed, round), round: round, seed: seed, context: context)
      }
      return Array(all.prefix(3))
    }
    #expect(differences == [], "\(seed)")
    await stage.loop.shutdown()
  }

  @Test func `the scripts reach every code, status and event`() {
    let seed = TestSeed.draw()
    var codes: Set<UInt32> = []
    var events: [String: Int] = [:]
    for round in 0..<1_500 {
      let reference = Self.script(seed, round).reference
      codes.formUnion(reference.endCodes)
      for word in reference.answers.map(\.description) + reference.told.map(\.description) {
        events[String(word.prefix { $0 != " " }), default: 0] += 1
      }
    }
    // In order of their numbers: drained, protocol, size, credit, load; and a client that leaves.
    #expect(codes == [0, 1, 2, 3, 4, .max], "\(seed)")
    let all = [
      "SETTINGS", "PONG", "PING", "WINDOW", "RESET", "message", "STATUS", "GOAWAY", "settled",
      "credentials", "opened", "ended", "reset", "draining", "closed",
    ]
    #expect(all.filter { events[$0, default: 0] < 20 } == [], "\(seed)")
  }

  static func script(_ seed: TestSeed, _ round: Int) -> Script {
    ScriptWriter.write(
      stepsOfAScript, bounds: ReferenceServer.Bounds(), random: seed.generator(round))
  }
}
