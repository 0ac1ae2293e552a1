import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct RetryPolicyTests {
  private static let quick = RetryPolicy(
    attempts: 3, codes: [.resourceExhausted, .aborted], initialBackoff: .milliseconds(1),
    maximumBackoff: .milliseconds(2))

  /// Echo and Change fail with the code in the request, and count.
  private func failing(
    _ policy: RetryPolicy, _ body: (RPCFixture, Counter) async throws -> Void
  ) async throws {
    let calls = Counter()
    try await RPCFixture.with { setup in
      setup.options.retryPolicy = policy
      for method in [TestMethods.echo, TestMethods.change] {
        setup.router.add(method) { request, _ async throws(RPCStatus) in
          calls.increment()
          let code = StatusCode.allCases.first { $0.name == request.deploymentID }
          guard let code else { return "well" }
          throw RPCStatus(code, "as asked")
        }
      }
    } _: { fixture async throws in
      try await body(fixture, calls)
    }
  }

  @Test func `the channel's policy says which codes and how often, a call's own comes first`()
    async throws
  {
    try await failing(Self.quick) { fixture, calls async throws in
      for name in ["RESOURCE_EXHAUSTED", "ABORTED"] {
        let before = calls.value
        let status = await #expect(throws: RPCStatus.self) { try await fixture.echo(name) }
        #expect(status?.code.name == name)
        #expect(calls.value == before + 3)
      }
      let before = calls.value
      _ = await #expect(throws: RPCStatus.self) { try await fixture.echo("UNAVAILABLE") }
      #expect(calls.value == before + 1)
      var own = CallOptions()
      own.retryPolicy = RetryPolicy(
        attempts: 2, codes: [.unavailable], initialBackoff: .milliseconds(1))
      _ = await #expect(throws: RPCStatus.self) {
        try await fixture.echo("UNAVAILABLE", options: own)
      }
      #expect(calls.value == before + 3)
      own.retryPolicy = .never
      _ = await #expect(throws: RPCStatus.self) {
        try await fixture.echo("RESOURCE_EXHAUSTED", options: own)
      }
      #expect(calls.value == before + 4)
    }
  }

  @Test func `no policy repeats what a handler saw of a method that changes something`()
    async throws
  {
    try await failing(Self.quick) { fixture, calls async throws in
      _ = await #expect(throws: RPCStatus.self) { try await fixture.change("ABORTED") }
      #expect(calls.value == 1)
    }
  }

  @Test func `a budget that is used up ends retries until calls go well again`() async throws {
    try await failing(Self.quick) { fixture, calls async throws in
      for _ in 0..<20 {
        _ = await #expect(throws: RPCStatus.self) { try await fixture.echo("ABORTED") }
      }
      // Ten retries in all, whatever twenty calls may ask for.
      #expect(calls.value == 30)
      for _ in 0..<10 { _ = try await fixture.echo("") }
      _ = await #expect(throws: RPCStatus.self) { try await fixture.echo("ABORTED") }
      #expect(calls.value == 42)
    }
  }

  @Test func `bounds hold whatever a policy says`() async throws {
    let wild = RetryPolicy(
      attempts: .max, codes: [.aborted], initialBackoff: .seconds(-5),
      maximumBackoff: .milliseconds(1), multiplier: -3)
    try await failing(wild) { fixture, calls async throws in
      _ = await #expect(throws: RPCStatus.self) { try await fixture.echo("ABORTED") }
      #expect(calls.value == 10)
    }
  }

  @Test func `a call refused by an overloaded server goes to another at once`() async throws {
    let gate = Gate()
    try await Fleet.with(2) { index, calls, setup in
      setup.configuration.limits.runningHandlers = index == 0 ? 1 : 100
      for method in [TestMethods.echo, TestMethods.change] {
        setup.router.add(method) { request, _ async throws(RPCStatus) in
          calls.increment()
          if request.deploymentID == "stay" { await gate.wait() }
          return "\(index)"
        }
      }
    } _: { fleet async throws in
      var options = ChannelOptions()
      options.balancing = .roundRobin
      try await fleet.channel(options) { channel async throws in
        try await channel.untilAllAnswer(["0", "1"])
        let stuck = (0..<2).map { _ in Task { try await channel.ask("stay") } }
        try await eventually("one on each") { gate.arrived == 2 }
        var never = CallOptions()
        never.retryPolicy = .never
        for _ in 0..<20 {
          #expect(try await channel.ask(TestMethods.change, options: never) == "1")
        }
        gate.open()
        for call in stuck { _ = try await call.value }
      }
    }
  }

  /// Counts attempts.
  private struct Counting: ClientInterceptor {
    let attempts: Counter

    func begin(_ call: inout ClientCallContext) async throws(RPCStatus) { attempts.increment() }
  }

  @Test func `a channel that is closed makes no other attempt, of calls under way or new ones`()
    async throws
  {
    let (gate, attempts) = (Gate(), Counter())
    try await RPCFixture.with { setup in
      setup.options.interceptors = [Counting(attempts: attempts)]
      setup.router.add(TestMethods.echo) { _, _ async throws(RPCStatus) in
        await gate.wait()
        return ""
      }
    } _: { fixture async throws in
      let call = Task { try await fixture.echo("") }
      try await eventually("the handler runs") { gate.arrived == 1 }
      await fixture.channel.close(grace: .zero)
      let ended = await #expect(throws: RPCStatus.self) { try await call.value }
      #expect(ended?.code == .unavailable)
      #expect(attempts.value == 1)
      let refused = await #expect(throws: RPCStatus.self) { try await fixture.echo("") }
      #expect(refused == RPCStatus(.unavailable, "the channel is closed"))
      #expect(attempts.value == 2)
      gate.open()
    }
  }
}

extension Channel {
  fileprivate func ask(
    _ method: MethodDescriptor, options: CallOptions
  ) async throws -> String {
    try await ask("", method, options: options)
  }
}
