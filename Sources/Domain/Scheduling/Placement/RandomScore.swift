/// Anywhere it fits, by lot: what every other policy is measured against. The lot is drawn from
/// the seed, the deployment and the cluster, so that a run can be repeated.
struct RandomScore: PlacementScore {
  let seed: UInt64
  /// Different for each decision: the score is not one of the request's kind.
  var draw: UInt64 = 0

  @inline(__always)
  func score(
    _ request: PlacementRequest, on state: ClusterState, of clusters: ClusterStates
  ) -> Double {
    guard hasRoom(for: request, on: state) else { return .infinity }
    if request.kind == .share,
      clusters.fullestDevice(of: state, for: Int(request.gpu)) == nil
    {
      return .infinity
    }
    return Double(Self.mixed(seed ^ Self.mixed(draw) &+ UInt64(state.number)) >> 11)
  }

  func device(
    for request: PlacementRequest, on state: ClusterState, of clusters: ClusterStates
  ) -> Int? {
    let fitting = (0..<Int(state.deviceCount)).filter {
      clusters.free(state, $0) >= request.gpu
    }
    guard !fitting.isEmpty else { return nil }
    return fitting[Int(Self.mixed(seed &+ Self.mixed(draw)) % UInt64(fitting.count))]
  }

  /// The finalizer of SplitMix64.
  @inline(__always)
  static func mixed(_ value: UInt64) -> UInt64 {
    var bits = value &+ 0x9e37_79b9_7f4a_7c15
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }
}
