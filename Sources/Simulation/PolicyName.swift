package import Domain

/// The policies by the names that people give them.
package enum PolicyName: String, CaseIterable, Sendable {
  case berth
  case bestFit = "best-fit"
  case fragmentation = "fgd"
  case random

  /// - Parameters:
  ///   - trace: FGD is told all of its pods in advance, as its authors do; the others learn.
  ///   - seed: what a policy by lot draws from.
  package func policy(for trace: Trace, seed: UInt64) -> PlacementPolicy {
    switch self {
    case .berth: .berth
    case .bestFit: .bestFit
    case .random: .random(seed: seed)
    case .fragmentation:
      .fragmentation(
        workload: trace.pods.map {
          ExpectedRequest(request: $0.request, gpuModels: $0.gpuModels)
        })
    }
  }
}
