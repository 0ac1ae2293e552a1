import Messages
import RPCClient
@testable import RPCServer
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct CallMetricsTests {
  @Test func `calls of all loops are counted together, by method and code`() async throws {
    let metrics = CallMetrics()
    try await RPCFixture.with { setup in
      setup.loops = 2
      setup.interceptors = [metrics]
      setup.router.addEcho()
      setup.router.add(TestMethods.change) { request, _ async throws(RPCStatus) in
        throw RPCStatus(request.deploymentID == "a" ? .aborted : .notFound, "no")
      }
    } _: { fixture async throws in
      for _ in 0..<10 {
        let channel = try await RPCFixture.connect(
          ChannelOptions(), loop: fixture.clientLoop, port: fixture.port)
        let _: LogsResponse = try await channel.unary(TestMethods.echo, LogsRequest())
        await channel.close(grace: .zero)
      }
      for text in ["a", "a", "b"] { _ = try? await fixture.change(text) }
      let methods = await metrics.methods()
      #expect(methods.map(\.method.name) == ["Change", "Echo"])
      #expect(methods[0].ended == [.aborted: 2, .notFound: 1])
      #expect(methods[1].ended == [.ok: 10])
      #expect(methods[1].open == 0)
      #expect(methods[1].latency.count == 10)
      #expect(methods[1].time > .zero)
      let slowest = try #require(methods[1].latency.quantile(1))
      #expect(slowest >= methods[1].time / 10)
    }
  }

  @Test func `a call that was refused is counted as what it was told`() async throws {
    let metrics = CallMetrics()
    try await RPCFixture.with { setup in
      setup.interceptors = [metrics, Authentication(StubAuthenticator(known: [], slow: []))]
      setup.router.addEcho()
    } _: { fixture async throws in
      _ = try? await fixture.echo("")
      let methods = await metrics.methods()
      #expect(methods.first?.ended == [.unauthenticated: 1])
    }
  }

  @Test func `quantiles are at most a quarter above the truth`() {
    var counts = Array(repeating: UInt64(0), count: LatencyHistogram.buckets)
    for microseconds in 1...1_000 {
      counts[LatencyHistogram.bucket(ofNanoseconds: UInt64(microseconds) * 1_000)] += 1
    }
    let histogram = LatencyHistogram(counts: counts)
    #expect(histogram.count == 1_000)
    for part in [0.1, 0.5, 0.9, 0.99] {
      let truth = Duration.microseconds(Int64(part * 1_000))
      let told = histogram.quantile(part)!
      #expect(told >= truth && told <= truth * 1.26, "\(part): \(told)")
    }
  }
}
