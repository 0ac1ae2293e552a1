/// What docs/protocol.md says of a connection's numbers, by keeping everything that ever happened.
struct ReferenceConnection {
  enum Event {
    case open(UInt32)
    case ask(UInt32)
    case take
    case goawaySent(UInt32)
    case goawayReceived(UInt32)
    case beginParts
    case endParts
    case fault(at: Int)
    case ping(at: Int)
  }

  enum Outcome: Equatable {
    case refused(code: UInt32)
    case yes, no
    case id(UInt32?)
  }

  let isServer: Bool
  private var opened: [UInt32] = []
  private var taken: [UInt32] = []
  private var goawaysSent: [UInt32] = []
  private var goawaysReceived: [UInt32] = []
  private(set) var parts = 0
  private var faults: ReferenceRate
  private var pings: ReferenceRate

  init(isServer: Bool, faults: ReferenceRate, pings: ReferenceRate) {
    self.isServer = isServer
    self.faults = faults
    self.pings = pings
  }

  var isDraining: Bool { !goawaysSent.isEmpty || !goawaysReceived.isEmpty }

  mutating func apply(_ event: Event) -> Outcome {
    switch event {
    case .open(let id):
      guard opened.allSatisfy({ $0 < id }) else { return .refused(code: 1) }
      opened.append(id)
      return goawaysSent.allSatisfy { id <= $0 } ? .yes : .no
    case .ask(let id):
      let used = isServer ? opened : taken
      return used.contains { $0 >= id } ? .no : .yes
    case .take:
      if isDraining { return .id(nil) }
      taken.append((taken.last ?? 0) == 0 ? 1 : taken[taken.count - 1] + 2)
      return .id(taken.last)
    case .goawaySent(let last):
      goawaysSent.append(last)
      return .yes
    case .goawayReceived(let last):
      guard goawaysReceived.allSatisfy({ last <= $0 }) else { return .refused(code: 1) }
      goawaysReceived.append(last)
      return .yes
    case .beginParts:
      guard parts < 4 else { return .refused(code: 1) }
      parts += 1
      return .yes
    case .endParts:
      parts -= 1
      return .yes
    case .fault(let time): return faults.take(at: time) ? .yes : .refused(code: 4)
    case .ping(let time): return pings.take(at: time) ? .yes : .refused(code: 4)
    }
  }
}
