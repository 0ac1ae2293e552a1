package import Domain

/// Machines and what was asked of them: the traces of Alibaba's GPU clusters, in the columns that
/// they are published with.
package struct Trace: Sendable {
  package let nodes: [TraceNode]
  package let pods: [TracePod]

  package init(nodes: [TraceNode], pods: [TracePod]) {
    self.nodes = nodes
    self.pods = pods
  }

  /// Thousandths of a device that all nodes have.
  package var milliGPU: Int64 { nodes.reduce(0) { $0 + $1.capacity.gpu.value } }
}

/// A machine: one cluster of ours.
package struct TraceNode: Sendable, Equatable {
  package let name: String
  package let capacity: Resources
  package let gpuModel: String

  package init(name: String, capacity: Resources, gpuModel: String) {
    self.name = name
    self.capacity = capacity
    self.gpuModel = gpuModel
  }
}

/// A piece of work: one deployment of ours.
package struct TracePod: Sendable, Equatable {
  package let name: String
  package let request: Resources
  package let gpuModels: [String]
  /// Its class of service, such as LS or BE; empty: not said.
  package let qos: String
  /// In seconds of the trace; nil: not said.
  package let createdAt: Int64?
  /// How long it ran, in seconds; nil: not said.
  package let seconds: Int64?

  package init(
    name: String, request: Resources, gpuModels: [String], qos: String = "",
    createdAt: Int64? = nil, seconds: Int64? = nil
  ) {
    self.name = name
    self.request = request
    self.gpuModels = gpuModels
    self.qos = qos
    self.createdAt = createdAt
    self.seconds = seconds
  }
}
