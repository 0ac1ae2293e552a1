/// How a deployment fits what its organization may hold: on one cluster, or on all together.
package struct QuotaFit: Sendable, Equatable {
  /// What the organization holds under the quota.
  package let held: Resources
  /// What it can always claim; nil: the quota is on all clusters, of which nothing is guaranteed.
  package let guaranteed: Resources?
  /// What it may hold at most.
  package let ceiling: ResourceCeiling
  /// What of it would have to end, by dimension; more than is asked for where the organization
  /// holds more than it may by now.
  package let missing: Resources
  /// With the deployment it would hold more than is guaranteed: claims of others go first.
  package let isBorrowing: Bool
  /// Not even with nothing held.
  package let isNever: Bool
  /// What the deployment asks for.
  let needed: Resources

  package var allows: Bool { missing == .zero }

  /// What it would have to allow at least, where it allows too little; 0 where it does.
  package var wanted: Resources {
    func part(_ missing: Int64, _ needed: Int64, _ held: Int64) -> Int64 {
      guard missing > 0 else { return 0 }
      let (sum, overflow) = needed.addingReportingOverflow(held)
      return overflow ? .max : sum
    }
    return Resources(
      cpu: MilliCPU(part(missing.cpu.value, needed.cpu.value, held.cpu.value)),
      memory: Bytes(part(missing.memory.value, needed.memory.value, held.memory.value)),
      gpu: MilliGPU(part(missing.gpu.value, needed.gpu.value, held.gpu.value)))
  }

  /// What it lacks, for people; empty: nothing.
  package var words: String {
    var parts: [String] = []
    func add(
      _ missing: Int64, _ needed: Int64, _ held: Int64, _ most: Int64?, _ amount: (Int64) -> String,
      _ unit: String
    ) {
      guard missing > 0, let most else { return }
      parts.append(
        needed > most
          ? "needs \(amount(needed))\(unit), at most \(amount(most)) allowed"
          : "needs \(amount(needed))\(unit), \(amount(held)) of \(amount(most)) held")
    }
    let thousandths = Amount.thousandths
    add(
      missing.cpu.value, needed.cpu.value, held.cpu.value, ceiling.cpu?.value, thousandths, " CPU")
    add(
      missing.memory.value, needed.memory.value, held.memory.value, ceiling.memory?.value,
      Amount.memory, " of memory")
    add(
      missing.gpu.value, needed.gpu.value, held.gpu.value, ceiling.gpu?.value, thousandths, " GPU")
    return parts.joined(separator: "; ")
  }
}

extension QuotaFit {
  /// By the engine's own books.
  init(
    _ demand: Demand, held: Resources, guaranteed: Resources?, ceiling: ResourceCeiling
  ) {
    let book = QuotaBook(
      guaranteed: guaranteed.map { Amounts($0) } ?? .unlimited, ceiling: Amounts(ceiling),
      held: Amounts(held))
    let left = book.left
    self.held = held
    self.guaranteed = guaranteed
    self.ceiling = ceiling
    needed = Resources(
      cpu: MilliCPU(demand.cpu), memory: Bytes(demand.memory), gpu: MilliGPU(demand.milliGPU))
    missing = Resources(
      cpu: MilliCPU(max(0, demand.cpu - left.cpu)),
      memory: Bytes(max(0, demand.memory - left.memory)),
      gpu: MilliGPU(max(0, demand.milliGPU - left.milliGPU)))
    isBorrowing = guaranteed != nil && !book.claims(demand)
    isNever = !book.ceiling.covers(Amounts(demand))
  }
}

extension Amount {
  /// "2 CPU, 1 GiB of memory and 1.5 GPU"; dimensions of nothing are left out.
  static func all(_ amounts: Resources) -> String {
    var parts: [String] = []
    if amounts.cpu.value > 0 { parts.append("\(thousandths(amounts.cpu.value)) CPU") }
    if amounts.memory.value > 0 { parts.append("\(memory(amounts.memory.value)) of memory") }
    if amounts.gpu.value > 0 { parts.append("\(thousandths(amounts.gpu.value)) GPU") }
    guard let last = parts.last, parts.count > 1 else { return parts.first ?? "nothing" }
    return parts.dropLast().joined(separator: ", ") + " and " + last
  }
}
