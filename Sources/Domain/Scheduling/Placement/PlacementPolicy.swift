/// How a cluster is chosen among those that have room. The others are there to compare with.
package enum PlacementPolicy: Sendable, Equatable {
  /// By what the clusters can still be used for afterwards, given the requests that come
  /// (`UsabilityScore`).
  case berth
  /// The least CPU and GPU left.
  case bestFit
  /// Fragmentation gradient descent.
  /// - Parameter workload: the requests to expect; empty: learned from those that come.
  case fragmentation(workload: [ExpectedRequest] = [])
  /// By lot; the same seed draws the same.
  case random(seed: UInt64)
}

/// A request that a policy is told to expect.
package struct ExpectedRequest: Sendable, Equatable {
  package let request: Resources
  package let gpuModels: [String]

  package init(request: Resources, gpuModels: [String]) {
    self.request = request
    self.gpuModels = gpuModels
  }
}
