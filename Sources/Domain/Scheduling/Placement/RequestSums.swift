/// What the requests for GPU that may run on the same models have in common: sums and histograms,
/// of bounded size whatever comes.
struct RequestSums: Sendable {
  // Each weighted by how recent it is; GPU in devices, memory in MiB.
  private(set) var count = 0.0
  private(set) var gpu = 0.0
  private(set) var cpu = 0.0
  private(set) var memory = 0.0
  // Of squares and products, for the deviation.
  private(set) var gpuSquared = 0.0
  private(set) var cpuSquared = 0.0
  private(set) var memorySquared = 0.0
  private(set) var cpuTimesGPU = 0.0
  private(set) var memoryTimesGPU = 0.0
  /// CPU of requests for no GPU.
  private(set) var cpuWithoutGPU = 0.0
  /// Ascending by size, at most `SchedulingLimits.shareSizes`.
  private(set) var shares: [DevicePrices.Share] = []
  /// Devices asked for by requests for several, by how many each asks for.
  private(set) var several = Array(repeating: 0.0, count: SchedulingLimits.severalDevices + 1)
  /// Requests by the bin of their CPU and of their memory.
  private(set) var cpuBins = Array(repeating: 0.0, count: AmountBins.count)
  private(set) var memoryBins = Array(repeating: 0.0, count: AmountBins.count)

  mutating func add(_ request: PlacementRequest, bins: AmountBins) {
    let (cpu, memory) = (Double(request.cpu), request.mebibytes)
    guard request.kind != .noGPU else {
      cpuWithoutGPU += cpu
      return
    }
    let gpu = Double(request.milliGPU) / Double(DevicePrices.device)
    count += 1
    self.gpu += gpu
    self.cpu += cpu
    self.memory += memory
    gpuSquared += gpu * gpu
    cpuSquared += cpu * cpu
    memorySquared += memory * memory
    cpuTimesGPU += cpu * gpu
    memoryTimesGPU += memory * gpu
    cpuBins[bins.bin(of: cpu)] += 1
    memoryBins[bins.bin(of: memory)] += 1
    if request.kind == .share {
      add(DevicePrices.Share(milliGPU: Int(request.gpu), weight: 1))
    } else if (2...SchedulingLimits.severalDevices).contains(Int(request.gpu)) {
      several[Int(request.gpu)] += gpu
    }
  }

  /// When all sizes are taken, the next larger one stands for a new one.
  private mutating func add(_ share: DevicePrices.Share) {
    var index = shares.firstIndex { $0.milliGPU >= share.milliGPU } ?? shares.count
    if index < shares.count, shares[index].milliGPU == share.milliGPU {
      shares[index].weight += share.weight
    } else if shares.count < SchedulingLimits.shareSizes {
      shares.insert(share, at: index)
    } else {
      index = min(index, shares.count - 1)
      shares[index].weight += share.weight
    }
  }

  static func += (sums: inout Self, other: Self) {
    sums.count += other.count
    sums.gpu += other.gpu
    sums.cpu += other.cpu
    sums.memory += other.memory
    sums.gpuSquared += other.gpuSquared
    sums.cpuSquared += other.cpuSquared
    sums.memorySquared += other.memorySquared
    sums.cpuTimesGPU += other.cpuTimesGPU
    sums.memoryTimesGPU += other.memoryTimesGPU
    sums.cpuWithoutGPU += other.cpuWithoutGPU
    for share in other.shares { sums.add(share) }
    for index in sums.several.indices { sums.several[index] += other.several[index] }
    for index in sums.cpuBins.indices {
      sums.cpuBins[index] += other.cpuBins[index]
      sums.memoryBins[index] += other.memoryBins[index]
    }
  }

  /// Counts everything so far half as much, so that what comes now counts more. Sizes that hardly
  /// count any more make room.
  mutating func fade() {
    for path in Self.amounts { self[keyPath: path] /= 2 }
    for index in several.indices { several[index] /= 2 }
    for index in cpuBins.indices {
      cpuBins[index] /= 2
      memoryBins[index] /= 2
    }
    for index in shares.indices { shares[index].weight /= 2 }
    shares.removeAll { $0.weight < SchedulingLimits.faintestShare }
  }

  private static var amounts: [WritableKeyPath<Self, Double>] {
    [
      \.count, \.gpu, \.cpu, \.memory, \.gpuSquared, \.cpuSquared, \.memorySquared,
      \.cpuTimesGPU, \.memoryTimesGPU, \.cpuWithoutGPU,
    ]
  }
}
