@testable import Transport

/// What docs/protocol.md says of one stream's own frames, written once more: its phases, and what
/// part of a message a DATA frame may be.
struct ReferenceStreamState: Hashable {
  enum Event: Hashable {
    case data(flags: UInt16, isEmpty: Bool)
    case sendEnd, finish, abandon
  }

  enum Outcome: Equatable {
    case piece(StreamState.Piece)
    case done(Bool)
    case refused
  }

  let isServer: Bool
  var phase = StreamState.Phase.open
  var isInMessage = false
  var wasEmpty = false

  /// Every event there is. MORE with END does not get past the header.
  static let events: [Event] =
    [0, 1, 2, 4, 5, 6].flatMap {
      [.data(flags: $0, isEmpty: true), .data(flags: $0, isEmpty: false)]
    }
    + [.sendEnd, .finish, .abandon]

  mutating func apply(_ event: Event) -> Outcome {
    switch event {
    case .data(let flags, let isEmpty): return receive(flags, isEmpty)
    case .sendEnd:
      if phase == .open { phase = .localEnded }
      return .done(true)
    case .finish:
      guard phase == .open || phase == .remoteEnded else { return .done(false) }
      phase = .finishing
      isInMessage = false
      return .done(true)
    case .abandon:
      phase = .abandoned
      isInMessage = false
      return .done(true)
    }
  }

  private mutating func receive(_ flags: UInt16, _ isEmpty: Bool) -> Outcome {
    let (ends, goesOn, begins) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0)
    // A server may send until its STATUS, a client until its END.
    let mayCome = phase == .open || !isServer && phase == .localEnded
    guard mayCome, !ends || isServer, begins != isInMessage || (!begins && ends && isEmpty) else {
      return .refused
    }
    let piece: StreamState.Piece =
      begins ? (goesOn ? .first : .whole) : isInMessage ? (goesOn ? .middle : .last) : .none
    if !begins, isInMessage, isEmpty, wasEmpty { return .refused }
    if !begins, !isInMessage, goesOn { return .refused }
    wasEmpty = goesOn && isEmpty
    isInMessage = goesOn
    if ends { phase = .remoteEnded }
    return .piece(piece)
  }
}
