import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct HedgingTests {
  private func hedged(
    _ attempts: Int = 2, delay: Duration = .milliseconds(10),
    nonFatalCodes: Set<StatusCode> = [.unavailable]
  ) -> CallOptions {
    var options = CallOptions()
    options.hedgingPolicy = HedgingPolicy(
      attempts: attempts, delay: delay, nonFatalCodes: nonFatalCodes)
    return options
  }

  @Test func `a slow first attempt loses against the second and is cancelled on its server`()
    async throws
  {
    let (isSlow, gate, cancelled) = (Box(false), Gate(), Counter())
    try await Fleet.with(2) { index, calls, setup in
      setup.router.add(TestMethods.echo) { _, context async throws(RPCStatus) in
        if calls.increment() > 0, index == 0, isSlow.value {
          await gate.wait()
          if Task.isCancelled, context.isCancelled { cancelled.increment() }
        }
        return "\(index)"
      }
    } _: { fleet async throws in
      var options = ChannelOptions()
      options.balancing = .leastOutstanding
      try await fleet.channel(options) { channel async throws in
        try await channel.untilAllAnswer(["0", "1"])
        isSlow.value = true
        let before = fleet.members.map(\.calls.value)
        for _ in 0..<4 { #expect(try await channel.ask(options: hedged()) == "1") }
        #expect(gate.arrived > 0)
        try await eventually("every loser was cancelled") { cancelled.value == gate.arrived }
        #expect(fleet.members[1].calls.value == before[1] + 4)
      }
    }
  }

  @Test func `only methods that may be repeated are hedged`() async throws {
    let (changes, echoes, gate) = (Counter(), Counter(), Gate())
    try await RPCFixture.with { setup in
      setup.router.add(TestMethods.change) { _, _ async throws(RPCStatus) in
        changes.increment()
        await gate.wait()
        return "changed"
      }
      setup.router.add(TestMethods.echo) { _, _ async throws(RPCStatus) in
        echoes.increment()
        await gate.wait()
        return "echoed"
      }
    } _: { fixture async throws in
      let options = hedged(3, delay: .milliseconds(5))
      let change = Task { try await fixture.change(options: options) }
      try await eventually("it runs") { changes.value == 1 }
      // Begun later and hedged twice: the other would have been by now.
      let echo = Task { try await fixture.echo("", options: options) }
      try await eventually("three run") { echoes.value == 3 }
      #expect(changes.value == 1)
      gate.open()
      #expect(try await change.value == "changed")
      #expect(try await echo.value == "echoed")
    }
  }

  @Test func `a failure that is not fatal brings the next attempt at once, another ends the call`()
    async throws
  {
    let (calls, code) = (Counter(), Box(StatusCode.unavailable))
    try await RPCFixture.with { setup in
      setup.router.add(TestMethods.echo) { _, _ async throws(RPCStatus) in
        if calls.increment() % 3 != 0 { throw RPCStatus(code.value, "no") }
        return "third"
      }
    } _: { fixture async throws in
      let options = hedged(3, delay: .seconds(50))
      #expect(try await fixture.echo("", options: options) == "third")
      #expect(calls.value == 3)
      let two = hedged(2, delay: .seconds(50))
      let all = await #expect(throws: RPCStatus.self) {
        try await fixture.echo("", options: two)
      }
      #expect(all == RPCStatus(.unavailable, "no"))
      #expect(calls.value == 5)
      calls.increment()
      code.value = .notFound
      let fatal = await #expect(throws: RPCStatus.self) {
        try await fixture.echo("", options: options)
      }
      #expect(fatal == RPCStatus(.notFound, "no"))
      #expect(calls.value == 7)
    }
  }

  @Test func `the server says when the next attempt may be made`() async throws {
    let calls = Counter()
    try await RPCFixture.with { setup in
      setup.router.add(TestMethods.echo) { _, _ async throws(RPCStatus) in
        if calls.increment() == 1 {
          throw RPCStatus(
            .unavailable, "later", details: [.retryInfo(delay: .milliseconds(300))])
        }
        return "later"
      }
    } _: { fixture async throws in
      let begin = ContinuousClock.now
      // Without the server's word the next would follow at once; by the policy, much later.
      let options = hedged(3, delay: .seconds(50))
      let answer = try await fixture.echo("", options: options)
      #expect(answer == "later")
      #expect(ContinuousClock.now - begin >= .milliseconds(300))
      #expect(calls.value == 2)
    }
  }

  @Test func `the budget bounds hedges, and a call without them still waits for its answer`()
    async throws
  {
    let (calls, gate) = (Counter(), Gate())
    try await RPCFixture.with { setup in
      setup.options.hedgingPolicy = HedgingPolicy(attempts: 10, delay: .milliseconds(1))
      setup.router.add(TestMethods.echo) { request, _ async throws(RPCStatus) in
        calls.increment()
        if request.deploymentID == "slow" { await gate.wait() }
        return ""
      }
    } _: { fixture async throws in
      let slow = (0..<20).map { _ in Task { try await fixture.echo("slow") } }
      try await eventually("all, and ten hedges") { gate.arrived == 30 }
      _ = try await fixture.echo("")
      _ = try await fixture.echo("")
      #expect(gate.arrived == 30)
      gate.open()
      for call in slow { _ = try await call.value }
      #expect(calls.value == 32)
    }
  }

  @Test func `a caller that gives up ends every attempt`() async throws {
    let (gate, cancelled) = (Gate(), Counter())
    try await RPCFixture.with { setup in
      setup.router.add(TestMethods.echo) { _, _ async throws(RPCStatus) in
        await gate.wait()
        if Task.isCancelled { cancelled.increment() }
        return ""
      }
    } _: { fixture async throws in
      let options = hedged(3, delay: .milliseconds(1))
      let call = Task { try await fixture.echo("", options: options) }
      try await eventually("three run") { gate.arrived == 3 }
      call.cancel()
      let status = await #expect(throws: RPCStatus.self) { try await call.value }
      #expect(status?.code == .cancelled)
      try await eventually("all are cancelled") { cancelled.value == 3 }
    }
  }
}
