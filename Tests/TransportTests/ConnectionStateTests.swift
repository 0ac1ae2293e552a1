import Testing
@_spi(Frames) import Wire

@testable import Transport

@Suite struct ConnectionStateTests {
  private func made(_ role: ConnectionState.Role, settled: Bool = true) -> ConnectionState {
    var state = ConnectionState(role: role, phase: .open, limits: TransportLimits(), now: 0)
    if settled { _ = state.receive(Settings()) }
    return state
  }

  @Test func `SETTINGS comes first and once`() throws {
    let fresh = made(.server, settled: false)
    for type in FrameType.allCases where type != .settings {
      #expect(throws: ConnectionError.self) { try fresh.check(type) }
    }
    try fresh.check(.settings)
    let settled = made(.server)
    #expect(throws: ConnectionError.self) { try settled.check(.settings) }
  }

  @Test func `each role gets the frames of the other`() throws {
    for type in [FrameType.open, .credentials] {
      try made(.server).check(type)
      #expect(throws: ConnectionError.self) { try made(.client).check(type) }
    }
    try made(.client).check(.status)
    #expect(throws: ConnectionError.self) { try made(.server).check(.status) }
  }

  @Test func `streams open in order of their numbers`() throws {
    var state = made(.server)
    #expect(try state.receiveOpen(1))
    #expect(try state.receiveOpen(7))
    #expect(throws: ConnectionError.self) { try state.receiveOpen(7) }
    #expect(throws: ConnectionError.self) { try state.receiveOpen(3) }
    #expect(!state.isIdle(3))
    #expect(state.isIdle(9))
  }

  @Test func `after the last GOAWAY streams are refused`() throws {
    var state = made(.server)
    _ = try state.receiveOpen(5)
    state.sendGoAway(lastStream: WireLimits.maximumStreamID)
    #expect(try state.receiveOpen(7))
    state.sendGoAway(lastStream: 7)
    #expect(try !state.receiveOpen(9))
    #expect(state.isDraining)
  }

  @Test func `a client numbers its streams by odd numbers and stops at a GOAWAY`() throws {
    var state = made(.client)
    let ids = [state.takeStreamID(), state.takeStreamID()]
    #expect(ids == [1, 3])
    try state.receiveGoAway(lastStream: 3)
    let refused = state.takeStreamID()
    #expect(refused == nil)
    #expect(throws: ConnectionError.self) { try state.receiveGoAway(lastStream: 5) }
    try state.receiveGoAway(lastStream: 1)
  }

  @Test func `a fifth message in parts is one too many`() throws {
    var state = made(.server)
    for _ in 0..<4 { try state.beginParts() }
    #expect(throws: ConnectionError.self) { try state.beginParts() }
    state.endParts()
    try state.beginParts()
  }

  @Test func `two hundred faults pass, one more does not`() throws {
    var state = made(.server)
    for _ in 0..<200 { try state.countFault(now: 0) }
    #expect(throws: ConnectionError.self) { try state.countFault(now: 0) }
    // A fault is forgiven after a two-hundredth of thirty seconds.
    try state.countFault(now: 150_000_000)
    #expect(throws: ConnectionError.self) { try state.countFault(now: 150_000_000) }
  }

  @Test func `a connection's age varies by a tenth either way`() {
    var limits = TransportLimits()
    limits.connectionAge = .seconds(100)
    limits.random = { 0 }
    #expect(limits.drawnConnectionAge == 90_000_000_000)
    limits.random = { 0.5 }
    #expect(limits.drawnConnectionAge == 100_000_000_000)
    limits.random = { 0.999_999 }
    #expect(limits.drawnConnectionAge ?? 0 > 109_000_000_000)
    limits.connectionAge = nil
    #expect(limits.drawnConnectionAge == nil)
  }

  @Test func `deadlines come due earliest first`() {
    var deadlines = Deadlines()
    #expect(deadlines.earliest == nil)
    deadlines.set(.write, at: 30)
    deadlines.set(.frame, at: 10)
    deadlines.set(.age, at: 99)
    #expect(deadlines.earliest == 10)
    deadlines.clear(.frame)
    #expect(deadlines.earliest == 30)
    let early = deadlines.takeDue(now: 29)
    #expect(early == nil)
    let due = deadlines.takeDue(now: 30)
    #expect(due == .write)
    #expect(!deadlines.isSet(.write))
  }
}
