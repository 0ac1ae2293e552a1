import TestSupport
import Testing
@_spi(Frames) import Wire

@testable import Transport

/// The connection's state machine as a value: its phases and the frames that may come as tables
/// that leave nothing out, its numbers against `ReferenceConnection`.
@Suite struct ConnectionStateModelTests {
  typealias Phase = ConnectionState.Phase
  typealias Model = ReferenceConnection

  /// What may follow each phase.
  static let phases: [(from: Phase, following: Set<Phase>)] = [
    (.connecting, [.handshaking, .closed]), (.handshaking, [.open, .closed]),
    (.open, [.closing, .closed]), (.closing, [.closed]), (.closed, []),
  ]

  @Test(arguments: phases, Phase.allCases)
  func `each phase is followed by those it says, and by no other`(
    _ row: (from: Phase, following: Set<Phase>), _ next: Phase
  ) {
    #expect(row.from.mayAdvance(to: next) == row.following.contains(next))
    guard row.from.mayAdvance(to: next) else { return }
    var state = ConnectionState(
      role: .server, phase: row.from, limits: TransportLimits(), now: 0)
    state.advance(to: next)
    #expect(state.phase == next)
  }

  @Test func `the table of phases names every phase`() {
    #expect(Self.phases.map(\.from) == Phase.allCases)
  }

  @Test func `a phase that may not follow stops the program`() async {
    await #expect(processExitsWith: .failure) {
      var state = ConnectionState(
        role: .server, phase: .closing, limits: TransportLimits(), now: 0)
      state.advance(to: .open)
    }
  }

  /// The steps of a drain that may follow each other, and on which side.
  static let drains: [(ConnectionState.Drain, ConnectionState.Drain, ConnectionState.Role)] = [
    (.none, .announced, .server), (.announced, .final, .server), (.none, .final, .client),
  ]

  @Test(arguments: ConnectionState.Drain.allCases, ConnectionState.Drain.allCases)
  func `a drain goes forward, on each side in its own steps`(
    _ from: ConnectionState.Drain, _ next: ConnectionState.Drain
  ) {
    for role in ConnectionState.Role.allCases {
      let expected = Self.drains.contains { $0 == (from, next, role) }
      #expect(from.mayAdvance(to: next, role: role) == expected)
      for phase in Phase.allCases {
        var state = ConnectionState(role: role, phase: phase, limits: TransportLimits(), now: 0)
        // As far as this side comes on its way there.
        for step in [ConnectionState.Drain.announced, .final] where state.drain != from {
          _ = state.advanceDrain(to: step)
        }
        guard state.drain == from else { continue }
        let hasAdvanced = state.advanceDrain(to: next)
        #expect(hasAdvanced == (expected && phase == .open))
        #expect(state.drain == (hasAdvanced ? next : from))
      }
    }
  }

  /// Each type, and whether a server and a client take it once SETTINGS came.
  static let frames: [(type: FrameType, server: Bool, client: Bool)] = [
    (.settings, false, false), (.open, true, false), (.data, true, true), (.status, false, true),
    (.window, true, true), (.reset, true, true), (.ping, true, true), (.pong, true, true),
    (.goaway, true, true), (.credentials, true, false),
  ]

  @Test(arguments: frames, ConnectionState.Role.allCases)
  func `each side takes each type when the page says so`(
    _ row: (type: FrameType, server: Bool, client: Bool), _ role: ConnectionState.Role
  ) throws {
    var state = ConnectionState(role: role, phase: .open, limits: TransportLimits(), now: 0)
    #expect(isTaken(row.type, by: state) == (row.type == .settings))
    _ = state.receive(Settings())
    #expect(isTaken(row.type, by: state) == (role == .server ? row.server : row.client))
  }

  private func isTaken(_ type: FrameType, by state: ConnectionState) -> Bool {
    do {
      try state.check(type)
      return true
    } catch {
      #expect(error.code == .protocolError)
      return false
    }
  }

  @Test func `the table of frames names every type`() {
    #expect(Self.frames.map(\.type) == FrameType.allCases)
  }

  @Test func `SETTINGS grow credit by the difference`() {
    var state = ConnectionState(role: .client, phase: .open, limits: TransportLimits(), now: 0)
    var settings = Settings()
    settings.streamCreditBytes = 65_537
    settings.connectionCreditBytes = WireLimits.maximumCreditBytes
    let growth = state.receive(settings)
    #expect(growth.streamBytes == 1)
    #expect(growth.connectionBytes == WireLimits.maximumCreditBytes - 65_536)
    #expect(state.hasPeerSettings)
    #expect(state.peerSettings == settings)
  }

  @Test func `a client stops at the highest number`() {
    let highest = WireLimits.maximumStreamID
    var state = ConnectionState(
      role: .client, phase: .open, limits: TransportLimits(), now: 0, nextStream: highest - 2)
    let ids = [state.takeStreamID(), state.takeStreamID(), state.takeStreamID()]
    #expect(ids == [highest - 2, highest, nil])
  }

  @Test func `random lives of connections are those of the model`() {
    let seed = TestSeed.draw()
    for round in 0..<10_000 {
      var random = seed.generator(round)
      if let difference = difference(using: &random) {
        Issue.record("\(seed), round \(round): \(difference)")
        return
      }
    }
  }

  private func difference(using random: inout SeededGenerator) -> String? {
    let role = Bool.random(using: &random) ? ConnectionState.Role.server : .client
    var limits = TransportLimits()
    limits.faults = Int.random(in: 1...4, using: &random)
    let faultInterval = Int.random(in: 1...9, using: &random)
    limits.faultPeriod = .nanoseconds(faultInterval * limits.faults)
    limits.pingBurst = Int.random(in: 0...4, using: &random)
    let pingInterval = Int.random(in: 1...9, using: &random)
    limits.pingInterval = .nanoseconds(pingInterval)
    var time = Int.random(in: 0...50, using: &random)
    var state = ConnectionState(role: role, phase: .open, limits: limits, now: UInt64(time))
    var model = Model(
      isServer: role == .server,
      faults: ReferenceRate(burst: limits.faults, interval: faultInterval, now: time),
      pings: ReferenceRate(burst: limits.pingBurst, interval: pingInterval, now: time))
    for _ in 0..<40 {
      time += Int.random(in: 0...6, using: &random)
      let event = Self.event(model, at: time, using: &random)
      let expected = model.apply(event)
      let real = apply(event, to: &state)
      if real != expected { return "\(event) is \(real), not \(expected)" }
      if state.isDraining != model.isDraining || state.messagesInParts != model.parts {
        return "after \(event) drains \(state.isDraining), parts \(state.messagesInParts)"
      }
    }
    return nil
  }

  private static func event(
    _ model: Model, at time: Int, using random: inout SeededGenerator
  ) -> Model.Event {
    let id = UInt32.random(in: 0...40, using: &random) * 2 + 1
    switch Int.random(in: 0...(model.isServer ? 21 : 17), using: &random) {
    case 18...21: return .open(id)
    case 0...2: return .ask(id)
    case 3...5: return model.isServer ? .open(id) : .take
    case 6: return .goawaySent(id)
    case 7: return .goawayReceived(id)
    case 8...10: return .beginParts
    case 11...12: return model.parts > 0 ? .endParts : .beginParts
    case 13...15: return .fault(at: time)
    default: return .ping(at: time)
    }
  }

  private func apply(_ event: Model.Event, to state: inout ConnectionState) -> Model.Outcome {
    do throws(ConnectionError) {
      switch event {
      case .open(let id): return try state.receiveOpen(id) ? .yes : .no
      case .ask(let id): return state.isIdle(id) ? .yes : .no
      case .take: return .id(state.takeStreamID())
      case .goawaySent(let last): state.sendGoAway(lastStream: last)
      case .goawayReceived(let last): try state.receiveGoAway(lastStream: last)
      case .beginParts: try state.beginParts()
      case .endParts: state.endParts()
      case .fault(let time): try state.countFault(now: UInt64(time))
      case .ping(let time): try state.countPing(now: UInt64(time))
      }
      return .yes
    } catch {
      return .refused(code: error.code.rawValue)
    }
  }
}
