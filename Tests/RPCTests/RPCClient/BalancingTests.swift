import EventLoop
import Messages
import RPCClient
import RPCServer
import TestSupport
import Testing
@_spi(Frames) import Wire

@Suite(.timeLimit(.minutes(1))) struct BalancingTests {
  private func options(_ balancing: Balancing) -> ChannelOptions {
    var options = ChannelOptions()
    options.balancing = balancing
    return options
  }

  @Test func `round robin spreads calls evenly`() async throws {
    try await Fleet.with(3) { fleet async throws in
      try await fleet.channel(options(.roundRobin)) { channel async throws in
        try await channel.untilAllAnswer(["0", "1", "2"])
        let before = fleet.members.map(\.calls.value)
        for _ in 0..<90 { _ = try await channel.ask() }
        let after = fleet.members.map(\.calls.value)
        #expect(zip(after, before).map { $0 - $1 } == [30, 30, 30])
      }
    }
  }

  @Test func `least outstanding keeps away from the slow one`() async throws {
    let (isSlow, gate) = (Box(false), Gate())
    try await Fleet.with(3) { index, calls, setup in
      setup.router.add(TestMethods.echo) { _, _ async throws(RPCStatus) in
        calls.increment()
        if index == 0, isSlow.value { await gate.wait() }
        return "\(index)"
      }
    } _: { fleet async throws in
      try await fleet.channel(options(.leastOutstanding)) { channel async throws in
        try await channel.untilAllAnswer(["0", "1", "2"])
        isSlow.value = true
        let stuck = (0..<3).map { _ in Task { try await channel.ask() } }
        try await eventually("one of three calls is stuck") { gate.arrived == 1 }
        let before = fleet.members[0].calls.value
        for _ in 0..<100 { #expect(try await channel.ask() != "0") }
        #expect(fleet.members[0].calls.value == before)
        gate.open()
        for task in stuck { _ = try await task.value }
      }
    }
  }

  @Test(arguments: [Balancing.roundRobin, .leastOutstanding])
  func `a server that dies harms no call while others are there, and gets calls when it is back`(
    balancing: Balancing
  ) async throws {
    try await Fleet.with(3) { fleet async throws in
      try await fleet.channel(options(balancing)) { channel async throws in
        try await channel.untilAllAnswer(["0", "1", "2"])
        fleet.members[1].relay.cut()
        var answers: Set<String> = []
        for _ in 0..<100 { answers.insert(try await channel.ask()) }
        #expect(answers.isSuperset(of: ["0", "2"]))
        #expect(channel.state == .ready)
        let whileAway = fleet.members[1].calls.value
        for _ in 0..<20 { _ = try await channel.ask() }
        #expect(fleet.members[1].calls.value == whileAway)
        fleet.members[1].relay.restore()
        try await channel.untilAllAnswer(["0", "1", "2"])
      }
    }
  }

  @Test func `pick first stays with one server and goes to the next when that is lost`()
    async throws
  {
    try await Fleet.with(3) { fleet async throws in
      try await fleet.channel { channel async throws in
        for _ in 0..<20 { #expect(try await channel.ask() == "0") }
        fleet.members[0].relay.cut()
        try await eventually("the second answers") { try await channel.ask() == "1" }
        fleet.members[0].relay.restore()
        for _ in 0..<20 { #expect(try await channel.ask() == "1") }
      }
    }
  }

  @Test func `an address that does not answer delays the next one by a moment only`() async throws {
    let listener = try Socket.listen(.loopback(port: 0))
    defer { Socket.close(listener) }
    let silent = Int(try #require(Socket.localAddress(listener)).port)
    try await Fleet.with(1) { fleet async throws in
      var options = ChannelOptions()
      options.connectTimeout = .seconds(50)
      try await fleet.channel(options, to: [silent, fleet.members[0].port]) {
        channel async throws in
        let begin = ContinuousClock.now
        #expect(try await channel.ask() == "0")
        #expect(ContinuousClock.now - begin < .seconds(10))
      }
    }
  }

  @Test func `every address of a name is a server of its own`() async throws {
    try await Fleet.with(3) { fleet async throws in
      let addresses = fleet.members.map { SocketAddress.loopback(port: UInt16($0.port)) }
      var options = options(.roundRobin)
      // Twice the same is once.
      options.resolver = { _, _ in addresses + addresses }
      try await fleet.channel(options, to: [1]) { channel async throws in
        try await channel.untilAllAnswer(["0", "1", "2"])
        let before = fleet.members.map(\.calls.value)
        for _ in 0..<30 { _ = try await channel.ask() }
        let after = fleet.members.map(\.calls.value)
        #expect(zip(after, before).map { $0 - $1 } == [10, 10, 10])
      }
    }
  }

  @Test(arguments: [Balancing.pickFirst, .roundRobin])
  func `names are looked up again when a connection is lost`(balancing: Balancing) async throws {
    try await Fleet.with(2) { fleet async throws in
      let current = Box(fleet.members[0].port)
      let lookups = Counter()
      var options = options(balancing)
      options.resolver = { _, _ in
        lookups.increment()
        return [.loopback(port: UInt16(current.value))]
      }
      try await fleet.channel(options, to: [1]) { channel async throws in
        #expect(try await channel.ask() == "0")
        #expect(lookups.value == 1)
        current.value = fleet.members[1].port
        fleet.members[0].relay.cut()
        try await eventually("the new address answers") {
          let options = CallOptions(waitForReady: true)
          return try await channel.ask(options: options) == "1"
        }
      }
    }
  }

  @Test func `a name that cannot be looked up for a while keeps its addresses`() async throws {
    try await Fleet.with(1) { fleet async throws in
      let isAway = Box(false)
      let address = SocketAddress.loopback(port: UInt16(fleet.members[0].port))
      var options = options(.leastOutstanding)
      options.resolver = { host, _ in
        if isAway.value { throw RPCStatus(.unavailable, "\(host): no answer") }
        return [address]
      }
      try await fleet.channel(options, to: [1]) { channel async throws in
        #expect(try await channel.ask() == "0")
        isAway.value = true
        fleet.members[0].relay.cut()
        fleet.members[0].relay.restore()
        try await eventually("it answers again") {
          try await channel.ask(options: CallOptions(waitForReady: true)) == "0"
        }
      }
    }
  }

  @Test func `when all are away the status names each once, and none is tried in a hurry`()
    async throws
  {
    let ports = [try FreePort.find(), try FreePort.find()]
    try await Fleet.with(0) { fleet async throws in
      var options = options(.roundRobin)
      options.retryPolicy = .never
      try await fleet.channel(options, to: ports) { channel async throws in
        let status = await #expect(throws: RPCStatus.self) { try await channel.ask() }
        let words = ports.map { "cannot connect to 127.0.0.1:\($0): connection refused" }
        #expect(status == RPCStatus(.unavailable, words.joined(separator: "; ")))
        // On a machine under load it may be on its way again, to fail again.
        let reason = try await eventually("the failure shows") { () -> RPCStatus? in
          guard case .transientFailure(let reason) = channel.state else { return nil }
          return reason
        }
        #expect(reason.code == .unavailable)
      }
    }
  }
}
