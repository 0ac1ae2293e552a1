/// What a caller wants changed of a cluster, unchecked; nil leaves it.
package struct RequestedClusterChange: Sendable, Equatable {
  package var name: String?
  package var cpuMillis: Int64?
  package var memoryBytes: Int64?
  package var gpuMillis: Int64?
  package var gpuModel: String?

  package init(
    name: String? = nil, cpuMillis: Int64? = nil, memoryBytes: Int64? = nil,
    gpuMillis: Int64? = nil, gpuModel: String? = nil
  ) {
    self.name = name
    self.cpuMillis = cpuMillis
    self.memoryBytes = memoryBytes
    self.gpuMillis = gpuMillis
    self.gpuModel = gpuModel
  }
}

extension Validation {
  mutating func change(_ requested: RequestedClusterChange) -> ClusterChange? {
    let count = violations.count
    if let name = requested.name { clusterName(name, "name") }
    if let model = requested.gpuModel { gpuModel(model, "gpu_model") }
    var change = ClusterChange(name: requested.name, gpuModel: requested.gpuModel)
    if let millis = requested.cpuMillis { change.cpu = cpu(millis, "cpu_millis") }
    if let bytes = requested.memoryBytes { change.memory = memory(bytes, "memory_bytes") }
    if let millis = requested.gpuMillis { change.gpu = wholeGPUs(millis, "gpu_millis") }
    return violations.count == count ? change : nil
  }

  /// Empty, or a model's name such as "A100".
  mutating func gpuModel(_ text: String, _ field: String) {
    label(text, field, characters: 0...DomainLimits.gpuModelCharacters)
  }
}
