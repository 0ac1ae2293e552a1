/// A simulated container: all that is kept of it.
struct SimulatedContainer: Codable, Sendable {
  struct Ending: Codable, Sendable {
    var milliseconds: Int64
    var exit: ContainerExit
  }

  var id: ContainerID
  var spec: ContainerSpec
  /// When it was started, in milliseconds since 1970.
  var startedAt: Int64
  /// When it ends by itself, in milliseconds since 1970; nil means never.
  private(set) var endsAt: Int64?
  var ending: Ending?

  init(id: ContainerID, spec: ContainerSpec, startedAt: Int64) {
    self.id = id
    self.spec = spec
    self.startedAt = startedAt
    if let duration = SimulatedProgram(spec).duration {
      let (end, overflow) = startedAt.addingReportingOverflow(duration)
      endsAt = overflow ? nil : end
    }
  }

  var key: ContainerKey { spec.key }

  var program: SimulatedProgram { SimulatedProgram(spec) }

  var record: ContainerRecord {
    ContainerRecord(key: key, id: id, phase: ending.map { .ended($0.exit) } ?? .running)
  }

  /// When it ends by itself, if it has not ended.
  var due: Int64? { ending == nil ? endsAt : nil }

  /// Ends it if its time is over. Answers whether it did.
  mutating func settle(at now: Int64) -> Bool {
    guard let due, due <= now else { return false }
    ending = Ending(milliseconds: due, exit: program.exit)
    return true
  }
}
