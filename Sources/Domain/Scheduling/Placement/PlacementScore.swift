/// How good clusters are for a request: the smaller the better. A score depends on the cluster's
/// state and the kind of request alone, until the policy looks at the mix anew.
protocol PlacementScore: Sendable {
  /// What of a state goes into every score: written into it whenever it changes.
  func work(out state: inout ClusterState, of clusters: ClusterStates)

  /// Infinite where it does not fit.
  func score(
    _ request: PlacementRequest, on state: ClusterState, of clusters: ClusterStates
  ) -> Double

  /// The device for a request for a share. Nil: it fits on none.
  func device(
    for request: PlacementRequest, on state: ClusterState, of clusters: ClusterStates
  ) -> Int?
}

extension PlacementScore {
  func work(out state: inout ClusterState, of clusters: ClusterStates) {}

  func device(
    for request: PlacementRequest, on state: ClusterState, of clusters: ClusterStates
  ) -> Int? {
    clusters.fullestDevice(of: state, for: Int(request.gpu))
  }
}

extension ClusterStates {
  /// The fullest that a share fits on, and of those the first.
  @inline(__always)
  func fullestDevice(of state: ClusterState, for share: Int) -> Int? {
    var best: Int?
    var least = Int.max
    for device in 0..<Int(state.deviceCount) {
      let free = free(state, device)
      guard free >= share, free < least else { continue }
      best = device
      least = free
    }
    return best
  }
}

extension PlacementScore {
  /// But for the devices of a share.
  @inline(__always)
  func hasRoom(for request: PlacementRequest, on state: ClusterState) -> Bool {
    guard request.cpu <= state.cpu, request.memory <= state.memory,
      request.accepts(model: state.model)
    else { return false }
    switch request.kind {
    case .noGPU: return true
    case .share: return request.gpu <= Int64(state.freeMilliGPU)
    case .wholeDevices: return request.gpu <= Int64(state.wholeDevices)
    }
  }
}
