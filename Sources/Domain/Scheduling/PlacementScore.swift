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

  /// - Parameters:
  ///   - room: what the cluster has for this deployment.
  ///   - leastLeft: for a share, thousandths left on the device that it fills best.
  @inline(__always)
  init(_ demand: Demand, on row: ClusterTable.Row, room: Room, leastLeft: Int64) {
    cluster = row.id
    rest =
      Self.left(room.cpu - demand.cpu, of: row.cpu)
      + Self.left(room.memory - demand.memory, of: row.memory)
    switch demand.kind {
    case .noGPU: gpu = Double(row.deviceCount)
    case .share: gpu = Double(leastLeft)
    case .wholeDevices: gpu = Double(room.wholeDevices - demand.gpu)
    }
  }

  @inline(__always)
  private static func left(_ amount: Int64, of capacity: Int64) -> Double {
    capacity > 0 ? Double(amount) / Double(capacity) : 0
  }

  @inline(__always)
  static func < (a: Self, b: Self) -> Bool {
    if a.gpu != b.gpu { return a.gpu < b.gpu }
    if a.rest != b.rest { return a.rest < b.rest }
    return a.cluster < b.cluster
  }
}
