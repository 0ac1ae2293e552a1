/// An amount of every dimension as a caller gave it, unchecked.
package struct RequestedResources: Sendable, Equatable {
  package var cpuMillis: Int64
  package var memoryBytes: Int64
  package var gpuMillis: Int64

  package init(cpuMillis: Int64 = 0, memoryBytes: Int64 = 0, gpuMillis: Int64 = 0) {
    self.cpuMillis = cpuMillis
    self.memoryBytes = memoryBytes
    self.gpuMillis = gpuMillis
  }
}
