extension Validation {
  /// What a cluster has: some CPU and memory, and whole GPU devices or none.
  package mutating func capacity(_ amount: RequestedResources?, _ field: String) -> Resources? {
    guard let amount else {
      refuse(field, "is required")
      return nil
    }
    let cpu = cpu(amount.cpuMillis, "\(field).cpu_millis")
    let memory = memory(amount.memoryBytes, "\(field).memory_bytes")
    let gpu = wholeGPUs(amount.gpuMillis, "\(field).gpu_millis")
    guard let cpu, let memory, let gpu else { return nil }
    return Resources(cpu: cpu, memory: memory, gpu: gpu)
  }

  /// What a deployment needs: some CPU and memory, and no GPU, a share of one device or whole
  /// devices.
  package mutating func request(_ amount: RequestedResources?, _ field: String) -> Resources? {
    guard let amount else {
      refuse(field, "is required")
      return nil
    }
    let cpu = cpu(amount.cpuMillis, "\(field).cpu_millis")
    let memory = memory(amount.memoryBytes, "\(field).memory_bytes")
    let gpu = gpus(amount.gpuMillis, "\(field).gpu_millis")
    guard let cpu, let memory, let gpu else { return nil }
    return Resources(cpu: cpu, memory: memory, gpu: gpu)
  }

  /// A lower bound to filter by: any amount in range.
  package mutating func lowerBound(_ amount: RequestedResources?, _ field: String) -> Resources? {
    guard let amount else { return .zero }
    let limits = ResourceLimits.self
    let cpu = bounded(amount.cpuMillis, 0...limits.cpu.value, "\(field).cpu_millis")
    let memory = bounded(amount.memoryBytes, 0...limits.memory.value, "\(field).memory_bytes")
    let gpu = bounded(amount.gpuMillis, 0...limits.gpu.value, "\(field).gpu_millis")
    guard let cpu, let memory, let gpu else { return nil }
    return Resources(cpu: MilliCPU(cpu), memory: Bytes(memory), gpu: MilliGPU(gpu))
  }

  /// `field` is only put together for one that is refused, here and below.
  package mutating func cpu(_ millis: Int64, _ field: @autoclosure () -> String) -> MilliCPU? {
    bounded(millis, 1...ResourceLimits.cpu.value, field()).map(MilliCPU.init)
  }

  package mutating func memory(_ bytes: Int64, _ field: @autoclosure () -> String) -> Bytes? {
    bounded(bytes, 1...ResourceLimits.memory.value, field()).map(Bytes.init)
  }

  /// Whole devices, or none.
  package mutating func wholeGPUs(_ millis: Int64, _ field: @autoclosure () -> String) -> MilliGPU?
  {
    guard let millis = bounded(millis, 0...ResourceLimits.gpu.value, field()) else { return nil }
    guard millis % MilliGPU.device.value == 0 else {
      refuse(field(), "must be whole devices: a multiple of 1000")
      return nil
    }
    return MilliGPU(millis)
  }

  /// None, a share of one device, or whole devices.
  package mutating func gpus(_ millis: Int64, _ field: @autoclosure () -> String) -> MilliGPU? {
    guard let millis = bounded(millis, 0...ResourceLimits.gpu.value, field()) else { return nil }
    guard millis < MilliGPU.device.value || millis % MilliGPU.device.value == 0 else {
      refuse(field(), "must be below 1000 (a share of one device) or a multiple of 1000")
      return nil
    }
    return MilliGPU(millis)
  }

  private mutating func bounded(
    _ value: Int64, _ bounds: ClosedRange<Int64>, _ field: @autoclosure () -> String
  ) -> Int64? {
    guard bounds.contains(value) else {
      refuse(field(), "must be \(bounds.lowerBound) to \(bounds.upperBound)")
      return nil
    }
    return value
  }
}
