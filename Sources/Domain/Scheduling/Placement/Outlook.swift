/// What the mix of requests says of the devices of one model. Frozen between two looks at the mix.
struct Outlook: Sendable {
  /// By thousandths left of a device.
  private(set) var worth: ContiguousArray<Double>
  private(set) var cpu: Shortage
  private(set) var memory: Shortage
  /// The share of the requests for GPU that a cluster turns away whose free CPU, or memory, reaches
  /// so many thresholds of the bins.
  private(set) var turnedByCPU: [Double]
  private(set) var turnedByMemory: [Double]
  /// Devices that requests for several can use of so many whole ones, weighted by their part of the
  /// mix.
  private(set) var several: [Double]

  /// Prices tie often. A little of FGD's fragmentation (Weng et al., USENIX ATC 2023) decides: what
  /// is left of a device, times the part of the requests that it is too small for.
  private static let fragmentWeight = 0.05

  init(_ sums: RequestSums, capacity: PoolCapacity) {
    worth = Self.worth(sums)
    cpu = Shortage(
      sum: sums.cpu, squared: sums.cpuSquared, timesGPU: sums.cpuTimesGPU, gpu: sums.gpu,
      gpuSquared: sums.gpuSquared)
    memory = Shortage(
      sum: sums.memory, squared: sums.memorySquared, timesGPU: sums.memoryTimesGPU,
      gpu: sums.gpu, gpuSquared: sums.gpuSquared)
    // Work without GPU takes the CPU that GPU work leaves over; beyond that it is CPU that a device
    // has to come with.
    let spare = capacity.cpuBeside(perDevice: cpu.perDevice) / capacity.devices
    cpu.perDevice += max(0, sums.cpuWithoutGPU / sums.gpu - spare)
    turnedByCPU = Self.turned(sums.cpuBins, of: sums.count)
    turnedByMemory = Self.turned(sums.memoryBins, of: sums.count)
    several = Self.several(sums, upTo: capacity.largestDeviceCount)
  }

  private static func worth(_ sums: RequestSums) -> ContiguousArray<Double> {
    var worth = DevicePrices(sums.shares).worth
    var next = 0
    var fitting = 0.0
    for left in 0..<DevicePrices.device {
      while next < sums.shares.count, sums.shares[next].milliGPU <= left {
        fitting += sums.shares[next].weight / sums.count
        next += 1
      }
      worth[left] -= fragmentWeight * Double(left) / Double(DevicePrices.device) * (1 - fitting)
    }
    return worth
  }

  private static func turned(_ bins: [Double], of count: Double) -> [Double] {
    var taken = 0.0
    return [1]
      + bins.map { bin in
        taken += bin / count
        return max(0, 1 - taken)
      }
  }

  private static func several(_ sums: RequestSums, upTo most: Int) -> [Double] {
    (0...most).map { whole in
      (2..<sums.several.count).reduce(0) { sum, asked in
        sum + sums.several[asked] / sums.gpu * Double(whole / asked * asked)
      }
    }
  }

  /// So little changed that decisions would hardly be others.
  func isLike(_ other: Self) -> Bool {
    func isNear(_ a: some Collection<Double>, _ b: some Collection<Double>, _ most: Double)
      -> Bool
    {
      a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= most }
    }
    return cpu.isLike(other.cpu) && memory.isLike(other.memory)
      && isNear(worth, other.worth, 0.02) && isNear(turnedByCPU, other.turnedByCPU, 0.02)
      && isNear(turnedByMemory, other.turnedByMemory, 0.02)
      && isNear(several, other.several, 0.05)
  }
}
