import EventLoop
import Messages
import RPCClient
import RPCServer
import Synchronization
import TestSupport
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct RestartTests {
  /// What became of a load of calls that change something, each under a name of its own.
  private final class Load: Sendable {
    private struct State {
      var next = 0
      var outcomes: [String: StatusCode] = [:]
      var stops = false
    }

    private let state = Mutex(State())

    var outcomes: [String: StatusCode] { state.withLock { $0.outcomes } }

    func stop() { state.withLock { $0.stops = true } }

    func run(_ channel: Channel, tasks: Int) async {
      await withDiscardingTaskGroup { group in
        for _ in 0..<tasks {
          group.addTask {
            while let name = self.nextName() {
              var code = StatusCode.ok
              do {
                _ = try await channel.ask(name, TestMethods.change)
              } catch {
                code = (error as? RPCStatus)?.code ?? .unknown
              }
              self.state.withLock { $0.outcomes[name] = code }
            }
          }
        }
      }
    }

    private func nextName() -> String? {
      state.withLock { state in
        guard !state.stops else { return nil }
        state.next += 1
        return "\(state.next)"
      }
    }
  }

  /// Counts how often each name was seen by a handler.
  private final class Ledger: Sendable {
    private let seen = Mutex<[String: Int]>([:])

    var counts: [String: Int] { seen.withLock { $0 } }

    func note(_ name: String) { seen.withLock { $0[name, default: 0] += 1 } }
  }

  @Test func `a server cut off under load costs UNAVAILABLE on calls that may have begun`()
    async throws
  {
    let ledger = Ledger()
    try await Fleet.with(1) { _, _, setup in
      setup.router.add(TestMethods.change) { request, _ async throws(RPCStatus) in
        ledger.note(request.deploymentID)
        return ""
      }
    } _: { fleet async throws in
      var options = ChannelOptions()
      options.waitForReady = true
      try await fleet.channel(options) { channel async throws in
        let load = Load()
        async let running: Void = load.run(channel, tasks: 16)
        for round in 1...3 {
          try await eventually("calls go well") {
            load.outcomes.values.count { $0 == .ok } > round * 50
          }
          fleet.members[0].relay.cut()
          fleet.members[0].relay.restore()
        }
        try await eventually("calls go well again") {
          load.outcomes.values.count { $0 == .ok } > 300
        }
        load.stop()
        await running
        let (outcomes, counts) = (load.outcomes, ledger.counts)
        #expect(Set(outcomes.values).isSubset(of: [.ok, .unavailable]))
        // Never more than those that were under way when it was cut.
        #expect(outcomes.values.count { $0 == .unavailable } <= 3 * 16)
        #expect(counts.values.allSatisfy { $0 == 1 })
        for (name, code) in outcomes where code == .ok { #expect(counts[name] == 1) }
      }
    }
  }

  @Test func `a server that drains under load costs nothing while another is there`() async throws {
    let ledger = Ledger()
    try await Fleet.with(2) { _, calls, setup in
      setup.router.add(TestMethods.change) { request, _ async throws(RPCStatus) in
        calls.increment()
        ledger.note(request.deploymentID)
        return ""
      }
    } _: { fleet async throws in
      var options = ChannelOptions()
      options.balancing = .roundRobin
      try await fleet.channel(options) { channel async throws in
        let load = Load()
        async let running: Void = load.run(channel, tasks: 16)
        try await eventually("both are in use") {
          fleet.members.allSatisfy { $0.calls.value > 50 }
        }
        await fleet.members[0].server.value.drain(grace: .seconds(20))
        let before = fleet.members[1].calls.value
        try await eventually("the other goes on") {
          fleet.members[1].calls.value > before + 100
        }
        load.stop()
        await running
        #expect(load.outcomes.values.allSatisfy { $0 == .ok })
        #expect(ledger.counts.count == load.outcomes.count)
        #expect(ledger.counts.values.allSatisfy { $0 == 1 })
      }
    }
  }

  @Test func `the states tell of a server that goes and comes back`() async throws {
    try await Fleet.with(1) { fleet async throws in
      try await fleet.channel { channel async throws in
        #expect(channel.state == .idle)
        let seen = Box<[ChannelState]>([])
        let reader = Task {
          for await state in channel.states { seen.value.append(state) }
        }
        try await eventually("idle is seen") { seen.value == [.idle] }
        _ = try await channel.ask()
        #expect(channel.state == .ready)
        try await eventually("ready is seen") { seen.value.last == .ready }
        fleet.members[0].relay.cut()
        try await eventually("the failure is seen") {
          if case .transientFailure(let reason) = seen.value.last {
            return reason.code == .unavailable && !reason.message.isEmpty
          }
          return false
        }
        fleet.members[0].relay.restore()
        _ = try await channel.ask(options: CallOptions(waitForReady: true))
        try await eventually("ready is seen again") { seen.value.last == .ready }
        await channel.close(grace: .zero)
        // Else the reader would never end.
        try #require(channel.state == .shutdown)
        // Ends by itself.
        await reader.value
        #expect(seen.value.last == .shutdown)
        #expect(seen.value.count { $0 == .ready } == 2)
        var late = channel.states.makeAsyncIterator()
        #expect(await late.next() == .shutdown)
        #expect(await late.next() == nil)
      }
    }
  }

  @Test func `a reader of states may give up, and another goes on`() async throws {
    try await Fleet.with(1) { fleet async throws in
      try await fleet.channel { channel async throws in
        let ended = Counter()
        let reader = Task {
          for await _ in channel.states {}
          ended.increment()
        }
        reader.cancel()
        await reader.value
        #expect(ended.value == 1)
        var states = channel.states.makeAsyncIterator()
        #expect(await states.next() == .idle)
        _ = try await channel.ask()
        try await eventually("ready") { await states.next() == .ready }
      }
    }
  }

  @Test func `calls that wait for a server are answered when it comes, by any policy`()
    async throws
  {
    for balancing in [Balancing.pickFirst, .roundRobin, .leastOutstanding] {
      try await Fleet.with(2) { fleet async throws in
        for member in fleet.members { member.relay.cut() }
        var options = ChannelOptions()
        options.balancing = balancing
        try await fleet.channel(options) { channel async throws in
          let patient = (0..<10).map { _ in
            Task { try await channel.ask(options: CallOptions(waitForReady: true)) }
          }
          var once = CallOptions()
          once.retries = false
          let impatient = once
          let status = await #expect(throws: RPCStatus.self) {
            try await channel.ask(options: impatient)
          }
          #expect(status?.code == .unavailable)
          fleet.members[1].relay.restore()
          for call in patient { #expect(try await call.value == "1") }
        }
      }
    }
  }
}
