import TestSupport
import Testing
@_spi(Frames) import Wire

@testable import Transport

/// The stream's state machine, whole: every event in every state that can be reached, and random
/// lives, against `ReferenceStreamState`.
@Suite struct StreamStateModelTests {
  typealias Model = ReferenceStreamState

  private func apply(_ event: Model.Event, to state: inout StreamState, isServer: Bool)
    -> Model.Outcome
  {
    switch event {
    case .data(let flags, let isEmpty):
      do {
        return .piece(
          try state.receiveData(
            FrameFlags(rawValue: flags), length: isEmpty ? 0 : 1,
            role: isServer ? .server : .client, emptyFrameLimit: 1))
      } catch {
        return .refused
      }
    case .sendEnd:
      state.sendEnd()
      return .done(true)
    case .finish: return .done(state.finish())
    case .abandon:
      state.abandon()
      return .done(true)
    }
  }

  private func agree(_ state: StreamState, _ model: Model) -> Bool {
    let maySend = model.phase == .open || model.phase == .remoteEnded
    return state.phase == model.phase && state.isReceivingMessage == model.isInMessage
      && state.maySend == maySend && state.holdsHandler == (model.phase != .finishing)
  }

  /// The states that OPEN leads to: with or without END, or with the beginning of a message.
  private func begun(isServer: Bool) -> [(StreamState, Model)] {
    let flags: [UInt16] = isServer ? [0, 1, 4, 5, 6] : [0]
    return flags.map { flags in
      var state = StreamState()
      var model = Model(isServer: isServer)
      state.receiveOpen(FrameFlags(rawValue: flags))
      if flags & 1 != 0 { model.phase = .remoteEnded }
      model.isInMessage = flags & 2 != 0
      return (state, model)
    }
  }

  @Test(arguments: [true, false])
  func `every event in every state that can be reached`(isServer: Bool) {
    var waiting = begun(isServer: isServer)
    var seen: Set<Model> = []
    var transitions = 0
    while let (state, model) = waiting.popLast() {
      #expect(agree(state, model), "\(model)")
      guard seen.insert(model).inserted else { continue }
      // What is illegal for one side is never asked of it.
      for event in Model.events where isServer ? event != .sendEnd : Self.isClients(event) {
        var nextState = state
        var nextModel = model
        let real = apply(event, to: &nextState, isServer: isServer)
        let expected = nextModel.apply(event)
        #expect(real == expected, "\(event) in \(model)")
        transitions += 1
        // After a refusal the connection ends: what is left of the stream does not matter.
        if expected != .refused { waiting.append((nextState, nextModel)) }
      }
    }
    // Nothing is left out: phases x in a message x an empty frame before, as far as they exist.
    let phases: Set<StreamState.Phase> =
      isServer ? [.open, .remoteEnded, .finishing, .abandoned] : [.open, .localEnded]
    #expect(Set(seen.map(\.phase)) == phases)
    #expect(seen.count == (isServer ? 8 : 6))
    #expect(transitions == seen.count * (isServer ? 14 : 13))
  }

  private static func isClients(_ event: Model.Event) -> Bool {
    event != .finish && event != .abandon
  }

  @Test func `random lives of streams are those of the model`() {
    let seed = TestSeed.draw()
    for round in 0..<20_000 {
      var random = seed.generator(round)
      let isServer = Bool.random(using: &random)
      guard var (state, model) = begun(isServer: isServer).randomElement(using: &random) else {
        return
      }
      for _ in 0..<20 {
        guard let event = Model.events.randomElement(using: &random) else { return }
        if isServer ? event == .sendEnd : !Self.isClients(event) { continue }
        let real = apply(event, to: &state, isServer: isServer)
        let expected = model.apply(event)
        if real != expected || expected != .refused && !agree(state, model) {
          Issue.record("\(seed), round \(round): \(event) is \(real), not \(expected)")
          return
        }
        if expected == .refused { break }
      }
    }
  }

  /// From phase, event, to phase; nil: the frame is refused.
  static let transitions: [(StreamState.Phase, Model.Event, StreamState.Phase?)] = {
    let end = Model.Event.data(flags: 1, isEmpty: true)
    return [
      (.open, end, .remoteEnded), (.open, .sendEnd, .localEnded), (.open, .finish, .finishing),
      (.open, .abandon, .abandoned),
      (.remoteEnded, end, nil), (.remoteEnded, .sendEnd, .remoteEnded),
      (.remoteEnded, .finish, .finishing), (.remoteEnded, .abandon, .abandoned),
      (.localEnded, end, nil), (.localEnded, .sendEnd, .localEnded),
      (.localEnded, .finish, .localEnded), (.localEnded, .abandon, .abandoned),
      (.finishing, end, nil), (.finishing, .sendEnd, .finishing),
      (.finishing, .finish, .finishing), (.finishing, .abandon, .abandoned),
      (.abandoned, end, nil), (.abandoned, .sendEnd, .abandoned),
      (.abandoned, .finish, .abandoned), (.abandoned, .abandon, .abandoned),
    ]
  }()

  @Test(arguments: transitions)
  func `each phase answers each event`(
    _ from: StreamState.Phase, _ event: Model.Event, _ to: StreamState.Phase?
  ) {
    var state = StreamState()
    switch from {
    case .open: break
    case .remoteEnded: state.receiveOpen(.end)
    case .localEnded: state.sendEnd()
    case .finishing: _ = state.finish()
    case .abandoned: state.abandon()
    }
    #expect(state.phase == from)
    let outcome = apply(event, to: &state, isServer: true)
    #expect((outcome == .refused) == (to == nil))
    #expect(state.phase == to ?? from)
  }

  @Test func `the table leaves out no pair of phase and event`() {
    let pairs = Set(Self.transitions.map { "\($0.0) \($0.1)" })
    #expect(pairs.count == StreamState.Phase.allCases.count * 4)
  }
}
