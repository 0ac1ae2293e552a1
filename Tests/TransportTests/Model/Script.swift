import TestSupport

/// What a client sends and a test does, in order, and the reference server that has seen all of it.
struct Script {
  enum Action: Equatable {
    /// Ends a `hold`'s call.
    case release(UInt32)
    /// Has a `hold` take what came.
    case takeAll(UInt32)
    case drain
  }

  enum Step: Equatable {
    case frame(RawFrame)
    case action(Action)
    /// The bytes before this are handled, and their turn ends, before what follows comes.
    case turn
  }

  /// Bytes that may come in one turn, so that their answers never wait for each other.
  private static let turnBytes = 32 << 10

  private(set) var steps: [Step] = []
  private(set) var reference: ReferenceServer
  private var turnBytes = 0

  init(bounds: ReferenceServer.Bounds) { reference = ReferenceServer(bounds: bounds) }

  mutating func append(_ frame: RawFrame) {
    steps.append(.frame(frame))
    reference.receive(frame)
    turnBytes += frame.payload.count + 12
    if reference.wantsTurn || reference.isDraining || turnBytes > Self.turnBytes { endTurn() }
  }

  mutating func append(_ action: Action) {
    endTurn()
    steps.append(.action(action))
    switch action {
    case .release(let id): reference.release(id)
    case .takeAll(let id): reference.takeAll(from: id)
    case .drain: reference.drain()
    }
    endTurn()
  }

  /// The end of all: a frame may have begun, and the client goes away.
  mutating func finish() {
    endTurn()
    reference.hangUp()
  }

  private mutating func endTurn() {
    steps.append(.turn)
    reference.endTurn()
    turnBytes = 0
  }

  /// For the report of a difference.
  var summary: String {
    steps.map { step in
      switch step {
      case .frame(let frame):
        "\(frame.type)/\(String(frame.flags, radix: 16))/\(frame.stream)+\(frame.length)"
      case .action(let action): "\(action)"
      case .turn: "|"
      }
    }.joined(separator: " ")
  }
}
