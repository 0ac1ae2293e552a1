/// An upper bound of every dimension as a caller gave it, unchecked; nil: none.
package struct RequestedCeiling: Sendable, Equatable {
  package var cpuMillis: Int64?
  package var memoryBytes: Int64?
  package var gpuMillis: Int64?

  package init(cpuMillis: Int64? = nil, memoryBytes: Int64? = nil, gpuMillis: Int64? = nil) {
    self.cpuMillis = cpuMillis
    self.memoryBytes = memoryBytes
    self.gpuMillis = gpuMillis
  }
}

extension Validation {
  /// Bounds of 0 up to `most`, each also none.
  mutating func ceiling(
    _ requested: RequestedCeiling, _ field: String, upTo most: Resources
  ) -> ResourceCeiling {
    if let cpu = requested.cpuMillis, !(0...most.cpu.value).contains(cpu) {
      refuse("\(field).cpu_millis", "must be 0 to \(most.cpu.value)")
    }
    if let memory = requested.memoryBytes, !(0...most.memory.value).contains(memory) {
      refuse("\(field).memory_bytes", "must be 0 to \(most.memory.value)")
    }
    if let gpu = requested.gpuMillis, !(0...most.gpu.value).contains(gpu) {
      refuse("\(field).gpu_millis", "must be 0 to \(most.gpu.value)")
    }
    return ResourceCeiling(
      cpu: requested.cpuMillis.map(MilliCPU.init), memory: requested.memoryBytes.map(Bytes.init),
      gpu: requested.gpuMillis.map(MilliGPU.init))
  }
}
