private import Domain

/// The published protocol's workload: pods drawn evenly with replacement until the GPU that they
/// ask for reaches `demand` times what the nodes have, shuffled. The same seed draws the same.
package struct ArrivalSequence: Sendable {
  /// Indexes into the trace's pods, in the order in which they come.
  package let pods: [Int]

  package init(_ trace: Trace, demand: Double, seed: UInt64) throws(TraceError) {
    let capacity = trace.milliGPU
    guard capacity > 0 else {
      throw TraceError(file: "nodes", problem: "no node has a GPU: there is nothing to allocate")
    }
    guard trace.pods.contains(where: { $0.request.gpu.value > 0 }) else {
      throw TraceError(file: "pods", problem: "no pod asks for a GPU: their demand never grows")
    }
    var random = TraceRandom(seed: seed)
    var pods: [Int] = []
    var drawn: Int64 = 0
    while Double(drawn) < demand * Double(capacity) {
      guard pods.count < SimulationLimits.deployments else {
        throw TraceError(file: "pods", problem: "too many pods are drawn to reach the demand")
      }
      pods.append(random.below(trace.pods.count))
      drawn += trace.pods[pods[pods.count - 1]].request.gpu.value
    }
    random.shuffle(&pods)
    self.pods = pods
  }
}
