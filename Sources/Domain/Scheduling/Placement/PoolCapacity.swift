/// What an organization's clusters have in all, as the score needs it. Frozen between two looks at
/// the mix.
struct PoolCapacity: Sendable {
  private(set) var devices = 0.0
  private(set) var cpu = 0.0
  /// In MiB.
  private(set) var memory = 0.0
  private(set) var largestCPU = 1.0
  private(set) var largestDeviceCount = 0
  private var shapes: [(cpu: Double, devices: Double, count: Double)] = []

  init(_ clusters: some Sequence<ClusterBook>) {
    var counts: [Shape: Int] = [:]
    for book in clusters where !book.isRemoved {
      devices += Double(book.deviceCount)
      cpu += Double(book.cpu)
      memory += Double(book.memory) / Double(1 << 20)
      largestCPU = max(largestCPU, Double(book.cpu))
      largestDeviceCount = max(largestDeviceCount, book.deviceCount)
      counts[Shape(cpu: book.cpu, devices: book.deviceCount), default: 0] += 1
    }
    // In order, so that sums come out the same.
    shapes = counts.keys.sorted().map {
      (Double($0.cpu), Double($0.devices), Double(counts[$0] ?? 0))
    }
  }

  private struct Shape: Hashable, Comparable {
    let cpu: Int64
    let devices: Int
    static func < (a: Self, b: Self) -> Bool { (a.cpu, a.devices) < (b.cpu, b.devices) }
  }

  /// The CPU that is left over where each device takes so much.
  func cpuBeside(perDevice: Double) -> Double {
    shapes.reduce(0) { $0 + $1.count * max(0, $1.cpu - $1.devices * perDevice) }
  }

  /// What to expect while nothing is known: requests for a device with its part of everything.
  var prior: PlacementRequest? {
    guard devices > 0 else { return nil }
    let demand = Demand(
      Resources(
        cpu: MilliCPU(Int64(cpu / devices)),
        memory: Bytes(Int64((memory / devices).rounded(.down)) << 20), gpu: .device))
    return demand.map { PlacementRequest($0, models: .max) }
  }
}
