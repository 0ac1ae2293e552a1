/// Thousandths of a core.
package struct MilliCPU: Hashable, Comparable, Sendable {
  package let value: Int64
  package init(_ value: Int64) { self.value = value }
  package static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// Bytes of memory.
package struct Bytes: Hashable, Comparable, Sendable {
  package let value: Int64
  package init(_ value: Int64) { self.value = value }
  package static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// Thousandths of a GPU device.
package struct MilliGPU: Hashable, Comparable, Sendable {
  package static let device = MilliGPU(1_000)
  package let value: Int64
  package init(_ value: Int64) { self.value = value }
  package static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// An amount of every dimension. Values are bounded where they enter (`ResourceLimits`), so sums of
/// what a cluster holds cannot overflow.
package struct Resources: Hashable, Sendable {
  package var cpu: MilliCPU
  package var memory: Bytes
  package var gpu: MilliGPU

  package static let zero = Resources(cpu: MilliCPU(0), memory: Bytes(0), gpu: MilliGPU(0))

  package init(cpu: MilliCPU, memory: Bytes, gpu: MilliGPU) {
    self.cpu = cpu
    self.memory = memory
    self.gpu = gpu
  }

  package static func + (a: Resources, b: Resources) -> Resources {
    Resources(
      cpu: MilliCPU(a.cpu.value + b.cpu.value), memory: Bytes(a.memory.value + b.memory.value),
      gpu: MilliGPU(a.gpu.value + b.gpu.value))
  }

  package static func - (a: Resources, b: Resources) -> Resources {
    Resources(
      cpu: MilliCPU(a.cpu.value - b.cpu.value), memory: Bytes(a.memory.value - b.memory.value),
      gpu: MilliGPU(a.gpu.value - b.gpu.value))
  }

  /// So many times as much, at most what 64 bits hold.
  package func times(_ count: Int) -> Resources {
    func times(_ value: Int64) -> Int64 {
      let (product, overflow) = value.multipliedReportingOverflow(by: Int64(count))
      return overflow ? .max : product
    }
    return Resources(
      cpu: MilliCPU(times(cpu.value)), memory: Bytes(times(memory.value)),
      gpu: MilliGPU(times(gpu.value)))
  }

  /// Whether every dimension is at most that of `other`.
  package func fits(in other: Resources) -> Bool {
    cpu <= other.cpu && memory <= other.memory && gpu <= other.gpu
  }
}

/// What one cluster or deployment may have at most.
package enum ResourceLimits {
  /// A million cores.
  package static let cpu = MilliCPU(1_000_000_000)
  /// One exbibyte.
  package static let memory = Bytes(1 << 60)
  /// 1,024 devices.
  package static let gpu = MilliGPU(1_024_000)
  static let all = Resources(cpu: cpu, memory: memory, gpu: gpu)
}
