/// An upper bound of every dimension; nil: none.
package struct ResourceCeiling: Hashable, Sendable {
  package var cpu: MilliCPU?
  package var memory: Bytes?
  package var gpu: MilliGPU?

  package static let none = ResourceCeiling()

  package init(cpu: MilliCPU? = nil, memory: Bytes? = nil, gpu: MilliGPU? = nil) {
    self.cpu = cpu
    self.memory = memory
    self.gpu = gpu
  }

  package init(_ amounts: Resources) {
    self.init(cpu: amounts.cpu, memory: amounts.memory, gpu: amounts.gpu)
  }

  /// Whether so much is within it.
  package func allows(_ amounts: Resources) -> Bool {
    cpu.map { amounts.cpu <= $0 } ?? true && memory.map { amounts.memory <= $0 } ?? true
      && gpu.map { amounts.gpu <= $0 } ?? true
  }

  /// What of a request is above it, for people; empty: it allows it.
  package func excesses(of request: Resources) -> [String] {
    var excesses: [String] = []
    if let cpu, request.cpu > cpu {
      excesses.append("cpu_millis: needs \(request.cpu.value), it allows \(cpu.value)")
    }
    if let memory, request.memory > memory {
      excesses.append("memory_bytes: needs \(request.memory.value), it allows \(memory.value)")
    }
    if let gpu, request.gpu > gpu {
      excesses.append("gpu_millis: needs \(request.gpu.value), it allows \(gpu.value)")
    }
    return excesses
  }
}
