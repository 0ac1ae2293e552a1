/// What an organization may hold and holds, in one place: on a cluster that has quotas, or on all.
struct QuotaBook: Equatable, Sendable {
  /// What it can always claim.
  var guaranteed: Amounts
  /// What it may hold at most.
  var ceiling: Amounts
  var held = Amounts.none
  /// What it may take back of what it is guaranteed.
  var reclaim = ReclaimPolicy.never

  /// What it may still have; negative if it holds more than it may by now.
  var left: Amounts { ceiling - held }

  /// Whether it would still be within what is guaranteed with this on top.
  func claims(_ demand: Demand) -> Bool { guaranteed.covers(held + Amounts(demand)) }

  /// Whether a holder has borrowed something of what a demand asks for.
  func hasLent(to holder: Amounts, of demand: Amounts) -> Bool {
    func isLent(_ amount: KeyPath<Amounts, Int64>) -> Bool {
      holder[keyPath: amount] > 0 && demand[keyPath: amount] > 0
        && held[keyPath: amount] > guaranteed[keyPath: amount]
    }
    return isLent(\.cpu) || isLent(\.memory) || isLent(\.milliGPU)
  }
}

/// An amount of every dimension as the engine counts it.
struct Amounts: Equatable, Sendable {
  var cpu: Int64
  var memory: Int64
  var milliGPU: Int64

  static let none = Amounts(cpu: 0, memory: 0, milliGPU: 0)
  /// More than anything, and still no overflow when amounts are added or subtracted.
  static let unlimited = Amounts(cpu: 1 << 62, memory: 1 << 62, milliGPU: 1 << 62)

  @inline(__always)
  init(cpu: Int64, memory: Int64, milliGPU: Int64) {
    self.cpu = cpu
    self.memory = memory
    self.milliGPU = milliGPU
  }

  @inline(__always)
  init(_ demand: Demand) {
    self.init(cpu: demand.cpu, memory: demand.memory, milliGPU: demand.milliGPU)
  }

  init(_ resources: Resources) {
    self.init(
      cpu: resources.cpu.value, memory: resources.memory.value, milliGPU: resources.gpu.value)
  }

  init(_ ceiling: ResourceCeiling) {
    let most = Self.unlimited
    self.init(
      cpu: min(ceiling.cpu?.value ?? most.cpu, most.cpu),
      memory: min(ceiling.memory?.value ?? most.memory, most.memory),
      milliGPU: min(ceiling.gpu?.value ?? most.milliGPU, most.milliGPU))
  }

  @inline(__always)
  func covers(_ other: Amounts) -> Bool {
    other.cpu <= cpu && other.memory <= memory && other.milliGPU <= milliGPU
  }

  /// The most of both, dimension by dimension.
  mutating func formMost(_ other: Amounts) {
    cpu = max(cpu, other.cpu)
    memory = max(memory, other.memory)
    milliGPU = max(milliGPU, other.milliGPU)
  }

  @inline(__always)
  static func + (a: Self, b: Self) -> Self {
    Amounts(cpu: a.cpu + b.cpu, memory: a.memory + b.memory, milliGPU: a.milliGPU + b.milliGPU)
  }

  @inline(__always)
  static func - (a: Self, b: Self) -> Self {
    Amounts(cpu: a.cpu - b.cpu, memory: a.memory - b.memory, milliGPU: a.milliGPU - b.milliGPU)
  }
}

extension Room {
  /// No more than `amounts` of it; none where one of them is negative: who holds more than it may
  /// of anything gets nothing more.
  @inline(__always)
  func capped(by amounts: Amounts) -> Room {
    let gpu = amounts.milliGPU
    guard gpu >= 0 else { return .none }
    return Room(
      cpu: min(cpu, amounts.cpu), memory: min(memory, amounts.memory),
      wholeDevices: min(wholeDevices, gpu / MilliGPU.device.value),
      largestShare: min(largestShare, gpu))
  }
}
