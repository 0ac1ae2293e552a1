/// A gang in the engine. Its deployments are one entry of the queue: the one of index 0, the head,
/// stands there for all of them from when all are queued and alike. They share one place in the
/// queue, the head's, and are placed in one decision.
struct SchedulingGang: Sendable {
  /// By index; `QueueForest.noSlot`: not heard of.
  var members: [QueueForest.Slot]
  /// Those in phase `gathered`, and the head while it stands in the queue.
  var gathered = 0
  /// The head stands in the queue, or waits for its time.
  var isQueued = false
  /// Clusters that keep room for it, with a member each that holds the reservation.
  var reservations = 0

  init(size: Int) {
    members = Array(repeating: QueueForest.noSlot, count: size)
  }

  var head: QueueForest.Slot { members[0] }
}

extension Demand {
  /// What so many deployments of this demand ask for together, where their GPUs are counted apart:
  /// a share stays the share of one device. Nil: more than 64 bits hold.
  func times(_ count: Int) -> Demand? {
    let factor = Int64(count)
    let (cpu, cpuOverflow) = self.cpu.multipliedReportingOverflow(by: factor)
    let (memory, memoryOverflow) = self.memory.multipliedReportingOverflow(by: factor)
    let (gpu, gpuOverflow) = self.gpu.multipliedReportingOverflow(by: factor)
    guard !cpuOverflow, !memoryOverflow, !gpuOverflow else { return nil }
    return Demand(cpu: cpu, memory: memory, kind: kind, gpu: kind == .share ? self.gpu : gpu)
  }
}

extension Room {
  /// How many deployments of that demand CPU, memory and whole devices are enough for; of shares
  /// one, since the room does not say how devices are used.
  func count(of demand: Demand, limit: Int) -> Int {
    guard fits(demand) else { return 0 }
    var count = Int64(limit)
    if demand.cpu > 0 { count = min(count, cpu / demand.cpu) }
    if demand.memory > 0 { count = min(count, memory / demand.memory) }
    if demand.kind == .wholeDevices { count = min(count, wholeDevices / demand.gpu) }
    return Int(count)
  }
}

extension Amounts {
  /// How many deployments of that demand it covers.
  func count(of demand: Demand, limit: Int) -> Int {
    guard cpu >= 0, memory >= 0, milliGPU >= 0 else { return 0 }
    var count = Int64(limit)
    if demand.cpu > 0 { count = min(count, cpu / demand.cpu) }
    if demand.memory > 0 { count = min(count, memory / demand.memory) }
    if demand.milliGPU > 0 { count = min(count, milliGPU / demand.milliGPU) }
    return Int(count)
  }
}

extension ClusterBook {
  /// How many deployments of that demand fit into this room of the cluster at once, up to `limit`.
  ///
  /// - Parameter hidden: devices that are kept for another one.
  func count(of demand: Demand, in room: Room, hidden: [Int], limit: Int) -> Int {
    var count = room.count(of: demand, limit: limit)
    guard count > 0, demand.kind == .share else { return count }
    var shares: Int64 = 0
    for device in 0..<deviceCount where !hidden.contains(device) {
      shares += max(0, MilliGPU.device.value - devices[device]) / demand.gpu
    }
    count = min(count, Int(shares))
    guard let quota else { return count }
    return min(count, quota.left.count(of: demand, limit: limit))
  }

  /// How many deployments of that demand the cluster could hold at once if it were empty.
  func most(of demand: Demand, limit: Int) -> Int {
    guard couldHold(demand) else { return 0 }
    let devices = Int64(deviceCount)
    let room = Room(
      cpu: cpu, memory: memory, wholeDevices: devices, largestShare: MilliGPU.device.value)
    var count = room.count(of: demand, limit: limit)
    if demand.kind == .share {
      count = min(count, Int(devices * (MilliGPU.device.value / demand.gpu)))
    }
    guard let quota else { return count }
    return min(count, quota.ceiling.count(of: demand, limit: limit))
  }

  /// Devices to keep for so many: those that are freest now.
  func pickDevicesToReserve(for demand: Demand, count: Int) -> [Int] {
    let needed: Int
    switch demand.kind {
    case .noGPU: return []
    case .share:
      let perDevice = Int(MilliGPU.device.value / demand.gpu)
      needed = (count + perDevice - 1) / perDevice
    case .wholeDevices: needed = Int(demand.gpu) * count
    }
    return (0..<deviceCount).sorted { (devices[$0], $0) < (devices[$1], $1) }
      .prefix(needed).sorted()
  }
}
