/// What a deployment asks for, as the engine compares it.
struct Demand: Hashable, Sendable {
  enum Kind: UInt8, Sendable {
    case noGPU, share, wholeDevices
  }

  let cpu: Int64
  let memory: Int64
  let kind: Kind
  /// Thousandths of one device for a share, a number of devices for whole ones.
  let gpu: Int64

  init(cpu: Int64, memory: Int64, kind: Kind, gpu: Int64) {
    self.cpu = cpu
    self.memory = memory
    self.kind = kind
    self.gpu = gpu
  }

  /// Nil for what no cluster can give: more than one device, but not whole ones.
  init?(_ request: Resources) {
    cpu = request.cpu.value
    memory = request.memory.value
    let device = MilliGPU.device.value
    switch request.gpu.value {
    case 0:
      kind = .noGPU
      gpu = 0
    case 1..<device:
      kind = .share
      gpu = request.gpu.value
    case let milli where milli > 0 && milli % device == 0:
      kind = .wholeDevices
      gpu = milli / device
    default: return nil
    }
  }

  var milliGPU: Int64 {
    switch kind {
    case .noGPU: 0
    case .share: gpu
    case .wholeDevices: gpu * MilliGPU.device.value
    }
  }
}

/// What a cluster can give now.
struct Room: Equatable, Sendable {
  var cpu: Int64
  var memory: Int64
  /// Devices that nobody holds a part of.
  var wholeDevices: Int64
  /// Thousandths free on the device that has most.
  var largestShare: Int64

  static let none = Room(cpu: -1, memory: -1, wholeDevices: 0, largestShare: 0)

  @inline(__always)
  func fits(_ demand: Demand) -> Bool {
    guard demand.cpu <= cpu, demand.memory <= memory else { return false }
    return demand.gpu <= gpu(demand.kind)
  }

  /// The most of both, dimension by dimension.
  @inline(__always)
  mutating func formMost(_ other: Room) {
    cpu = max(cpu, other.cpu)
    memory = max(memory, other.memory)
    wholeDevices = max(wholeDevices, other.wholeDevices)
    largestShare = max(largestShare, other.largestShare)
  }

  @inline(__always)
  func gpu(_ kind: Demand.Kind) -> Int64 {
    switch kind {
    case .noGPU: 0
    case .share: largestShare
    case .wholeDevices: wholeDevices
    }
  }
}
