/// How good a cluster is for a deployment that fits; the smaller the better. Best fit, GPUs first:
/// they are what runs out, so work that needs none goes where there are none, a share goes onto the
/// device that it fills best, and whole devices are taken where the fewest are left over.
struct PlacementScore: Comparable, Sendable {
  static let worst = PlacementScore(gpu: .infinity, rest: .infinity, cluster: ClusterID(.max))

  private let gpu: Double
  private let rest: Double
  /// Makes equal ones differ, so that a decision depends on nothing else.
  private let cluster: ClusterID

  private init(gpu: Double, rest: Double, cluster: ClusterID) {
    self.gpu = gpu
    self.rest = rest
    self.cluster = cluster
  }

  init(_ demand: Demand, on book: ClusterBook, room: Room) {
    cluster = book.id
    rest =
      Self.left(room.cpu - demand.cpu, of: book.cpu)
      + Self.left(room.memory - demand.memory, of: book.memory)
    switch demand.kind {
    case .noGPU: gpu = Double(book.deviceCount)
    case .share: gpu = Double(Self.leastLeft(demand.gpu, on: book))
    case .wholeDevices: gpu = Double(room.wholeDevices - demand.gpu)
    }
  }

  private static func left(_ amount: Int64, of capacity: Int64) -> Double {
    capacity > 0 ? Double(amount) / Double(capacity) : 0
  }

  /// Thousandths left on the device that the share fills best.
  private static func leastLeft(_ share: Int64, on book: ClusterBook) -> Int64 {
    let reserved = book.reservation?.devices ?? []
    var least = MilliGPU.device.value
    for index in 0..<book.deviceCount where !reserved.contains(index) {
      let left = MilliGPU.device.value - book.devices[index] - share
      if left >= 0 { least = min(least, left) }
    }
    return least
  }

  static func < (a: Self, b: Self) -> Bool {
    (a.gpu, a.rest, a.cluster) < (b.gpu, b.rest, b.cluster)
  }
}
