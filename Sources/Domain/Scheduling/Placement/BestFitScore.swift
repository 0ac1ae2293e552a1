/// Best fit: where the least is left of CPU and GPU, each as a part of the largest cluster's.
/// As in the published comparison (Weng et al., USENIX ATC 2023).
struct BestFitScore: PlacementScore {
  private var partOfCPU = 0.0
  private var partOfMilliGPU = 0.0
  /// Of two that are alike otherwise the one with the fuller device.
  private static let deviceWeight = 1e-6

  init() {}

  init(_ capacity: PoolCapacity) {
    partOfCPU = 1 / capacity.largestCPU
    let devices = max(capacity.largestDeviceCount, 1)
    partOfMilliGPU = 1 / Double(devices * DevicePrices.device)
  }

  @inline(__always)
  func score(
    _ request: PlacementRequest, on state: ClusterState, of clusters: ClusterStates
  ) -> Double {
    guard hasRoom(for: request, on: state) else { return .infinity }
    var score = partOfCPU * Double(state.cpu - request.cpu)
    score += partOfMilliGPU * Double(Int64(state.freeMilliGPU) - request.milliGPU)
    guard request.kind == .share else { return score }
    let device = clusters.fullestDevice(of: state, for: Int(request.gpu))
    guard let device else { return .infinity }
    return score + Self.deviceWeight * Double(clusters.free(state, device))
  }
}
