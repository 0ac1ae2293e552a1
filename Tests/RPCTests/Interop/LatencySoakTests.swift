import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
@_spi(Frames) import Wire

extension InteropSoakTests {
  /// What others do to the latency of a call.
  @Suite struct LatencySoakTests {
    @Test func `one call in a hundred that never ends leaves the others' p99 unchanged`()
      async throws
    {
      let (gate, held) = (Box(Gate()), Counter())
      try await RPCFixture.with { setup in
        setup.router.add(TestMethods.echo) { request, _ async throws(RPCStatus) in
          if request.tailLines == 1 {
            held.increment()
            await gate.value.wait()
          }
          return request.deploymentID
        }
      } _: { fixture async throws in
        // In turn: other work on the machine is in both.
        var alone: [Duration] = []
        var beside: [Duration] = []
        for round in 1...Self.rounds {
          alone.append(try await Self.p99(of: fixture))
          gate.value = Gate()
          let slow = (0..<Self.calls / 100).map { _ in
            Task { () async throws -> String in
              let response: LogsResponse = try await fixture.channel.unary(
                TestMethods.echo, LogsRequest(deploymentID: "slow", tailLines: 1))
              return String(decoding: response.data, as: UTF8.self)
            }
          }
          try await eventually("the slow calls run") { held.value == round * slow.count }
          beside.append(try await Self.p99(of: fixture))
          gate.value.open()
          for call in slow { #expect(try await call.value == "slow") }
        }
        print("p99 alone \(alone), beside slow calls \(beside)")
        let (usual, found) = (Self.quiet(alone), Self.quiet(beside))
        #expect(found <= usual * 2 + .milliseconds(1), "p99 \(usual) alone, \(found) beside slow")
      }
    }

    private static let rounds = 15
    private static let calls = 2_000

    /// The lower quartile: other work on the machine makes rounds longer and never shorter.
    private static func quiet(_ values: [Duration]) -> Duration {
      values.sorted()[values.count / 4]
    }

    /// The 99th percentile of fast calls, eight at a time.
    private static func p99(of fixture: RPCFixture) async throws -> Duration {
      let took = try await withThrowingTaskGroup(of: [Duration].self) { group in
        for _ in 0..<8 {
          group.addTask { () async throws -> [Duration] in
            var took: [Duration] = []
            for _ in 0..<calls / 8 {
              let start = ContinuousClock.now
              #expect(try await fixture.echo("fast") == "fast")
              took.append(ContinuousClock.now - start)
            }
            return took
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      return took.sorted()[took.count * 99 / 100]
    }
  }
}
