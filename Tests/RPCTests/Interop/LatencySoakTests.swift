import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
@_spi(Frames) import Wire

/// What others do to the latency of a call. Runs before the other tests, not beside them.
@Suite(.timeLimit(.minutes(2))) struct LatencySoakTests {
  @Test func `one call in a hundred that never ends leaves the others' p99 unchanged`()
    async throws
  {
    let gate = Gate()
    let held = Counter()
    try await RPCFixture.with { setup in
      setup.router.add(TestMethods.echo) { request, _ async throws(RPCStatus) in
        if request.tailLines == 1 {
          held.increment()
          await gate.wait()
        }
        return request.deploymentID
      }
    } _: { fixture async throws in
      // The best of three rounds each, in turn: other work on the machine is in both.
      var without: [Duration] = []
      var with: [Duration] = []
      var slow: [Task<String, any Error>] = []
      for _ in 0..<3 {
        without.append(try await Self.p99(of: fixture, calls: 2_000))
        slow += (0..<20).map { _ in
          Task { () async throws -> String in
            let response: LogsResponse = try await fixture.channel.unary(
              TestMethods.echo, LogsRequest(deploymentID: "slow", tailLines: 1))
            return String(decoding: response.data, as: UTF8.self)
          }
        }
        let expected = slow.count
        try await eventually("the slow calls run") { held.value == expected }
        with.append(try await Self.p99(of: fixture, calls: 2_000))
      }
      let (best, bestBeside) = (without.min() ?? .zero, with.min() ?? .zero)
      #expect(
        bestBeside <= best * 3 + .milliseconds(5), "p99 \(best) alone, \(bestBeside) beside slow")
      gate.open()
      for call in slow { #expect(try await call.value == "slow") }
    }
  }

  /// The 99th percentile of fast calls, eight at a time.
  private static func p99(of fixture: RPCFixture, calls: Int) async throws -> Duration {
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
