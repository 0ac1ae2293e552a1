/// The engine's books of one cluster as one organization sees it: what deployments hold there,
/// device by device, and what of the rest the organization may have. A cluster that is shared has a
/// book for each organization; all of them hear of everything that happens on it.
struct ClusterBook: Sendable {
  let id: ClusterID
  /// The index of the pool of the organization that sees it so.
  let pool: Int
  /// The other organizations' books of the same cluster: the engine's indexes.
  var others: [Int] = []
  /// Nil: the only organization there, without a quota.
  var quota: QuotaBook?
  /// Its place in `PoolPlacement.members`; -1: not yet known.
  var position = -1
  private(set) var cpu: Int64 = 0
  private(set) var memory: Int64 = 0
  private(set) var deviceCount = 0
  private(set) var gpuModel = ""
  private(set) var heldCPU: Int64 = 0
  private(set) var heldMemory: Int64 = 0
  /// Thousandths held of each device. Longer than `deviceCount` if devices went while they were
  /// held.
  private(set) var devices: [Int64] = []
  var hasLostAgent = false
  var isRemoved = false
  var reservation: Reservation?
  /// Those that hold here.
  var holders: Set<QueueForest.Slot> = []
  /// Groups of the queue whose deployments name this cluster.
  var pinnedGroups: [Int] = []
  /// Counts how often there came to be more room: what was found out before is old.
  var growth: UInt64 = 0
  /// Whether `Pool.grown` names it.
  var isListed = false

  init(id: ClusterID, pool: Int) {
    self.id = id
    self.pool = pool
  }

  /// The books as the database has them: what a cluster's row says is held.
  init(_ cluster: Cluster, pool: Int = 0) {
    self.init(id: cluster.id, pool: pool)
    setCapacity(cluster.capacity, gpuModel: cluster.gpuModel)
    assumeHeld(cluster)
  }

  /// Takes what the cluster's row says is held for what is held.
  mutating func assumeHeld(_ cluster: Cluster) {
    heldCPU = cluster.allocated.cpu.value
    heldMemory = cluster.allocated.memory.value
    for (device, held) in cluster.gpuAllocated.enumerated() where device < devices.count {
      devices[device] = held
    }
  }

  mutating func setCapacity(_ capacity: Resources, gpuModel: String) {
    cpu = capacity.cpu.value
    memory = capacity.memory.value
    deviceCount = Int(capacity.gpu.value / MilliGPU.device.value)
    self.gpuModel = gpuModel
    while devices.count < deviceCount { devices.append(0) }
  }

  var isUsable: Bool { !hasLostAgent && !isRemoved }

  /// What is free.
  var room: Room {
    guard isUsable else { return .none }
    return capped(room(excluding: [], cpu: cpu - heldCPU, memory: memory - heldMemory))
  }

  /// What is free for those who stand behind the reservation: they may use what will still be free
  /// once the reserved deployment runs and all who were there before it have gone.
  var roomBehindReservation: Room {
    guard isUsable else { return .none }
    guard let reservation else { return room }
    return capped(
      room(
        excluding: reservation.devices,
        cpu: min(cpu - heldCPU, cpu - reservation.demand.cpu - reservation.backfilledCPU),
        memory: min(
          memory - heldMemory, memory - reservation.demand.memory - reservation.backfilledMemory)))
  }

  /// By what the organization may still hold here.
  @inline(__always)
  private func capped(_ room: Room) -> Room {
    guard let quota else { return room }
    return room.capped(by: quota.left)
  }

  /// What is free for who stands at this place in the queue.
  func room(for key: QueueKey) -> Room {
    guard let reservation, reservation.key < key else { return room }
    return roomBehindReservation
  }

  /// Whether there is room for who stands at this place in the queue, and quotas allow it.
  ///
  /// - Parameter left: what the organization may still hold on all clusters; nil: anything.
  func hasRoom(for demand: Demand, key: QueueKey, left: Amounts?) -> Bool {
    room(for: key).fits(demand) && left?.covers(Amounts(demand)) ?? true
  }

  private func room(excluding reserved: [Int], cpu: Int64, memory: Int64) -> Room {
    var room = Room(cpu: cpu, memory: memory, wholeDevices: 0, largestShare: 0)
    for index in 0..<deviceCount where reserved.isEmpty || !reserved.contains(index) {
      let held = devices[index]
      if held == 0 { room.wholeDevices += 1 }
      room.largestShare = max(room.largestShare, MilliGPU.device.value - held)
    }
    return room
  }

  /// Whether the cluster could hold it if it were empty.
  func couldHold(_ demand: Demand) -> Bool {
    guard isUsable, demand.cpu <= cpu, demand.memory <= memory else { return false }
    if let quota, !quota.ceiling.covers(Amounts(demand)) { return false }
    switch demand.kind {
    case .noGPU: return true
    case .share: return deviceCount > 0
    case .wholeDevices: return demand.gpu <= Int64(deviceCount)
    }
  }

  /// What the room lacks for a demand, as parts of what the cluster has, summed.
  func deficit(_ demand: Demand, in room: Room) -> Double {
    func part(_ lacking: Int64, of capacity: Int64) -> Double {
      lacking > 0 && capacity > 0 ? Double(lacking) / Double(capacity) : 0
    }
    let unit = demand.kind == .share ? MilliGPU.device.value : Int64(deviceCount)
    return part(demand.cpu - room.cpu, of: cpu)
      + part(demand.memory - room.memory, of: memory)
      + part(demand.gpu - room.gpu(demand.kind), of: unit)
  }

  /// Whether a deployment that names these models (none: any) may have GPUs here.
  func accepts(_ models: [String]) -> Bool { models.isEmpty || models.contains(gpuModel) }

  /// Whole devices, the first that are free, but for those kept for another.
  func pickWholeDevices(_ count: Int, excluding reserved: [Int]) -> [Int] {
    Array(
      (0..<deviceCount).lazy.filter { devices[$0] == 0 && !reserved.contains($0) }.prefix(count))
  }

  /// Devices to keep for a demand that does not fit yet: those that are freest now.
  func pickDevicesToReserve(for demand: Demand) -> [Int] {
    let count: Int
    switch demand.kind {
    case .noGPU: return []
    case .share: count = 1
    case .wholeDevices: count = Int(demand.gpu)
    }
    let byUse = (0..<deviceCount).sorted { (devices[$0], $0) < (devices[$1], $1) }
    return byUse.prefix(count).sorted()
  }

  /// Somebody holds it; whose it is counts in `quota.held`.
  mutating func hold(_ demand: Demand, devices held: [Int]) {
    heldCPU += demand.cpu
    heldMemory += demand.memory
    for device in held {
      while devices.count <= device { devices.append(0) }
      devices[device] += perDevice(demand)
    }
  }

  mutating func release(_ demand: Demand, devices held: [Int]) {
    heldCPU -= demand.cpu
    heldMemory -= demand.memory
    for device in held { devices[device] -= perDevice(demand) }
  }

  /// Takes over what is held and reserved, from another organization's book of the same cluster.
  mutating func copyHeld(from other: ClusterBook) {
    heldCPU = other.heldCPU
    heldMemory = other.heldMemory
    devices = other.devices
    reservation = other.reservation
    hasLostAgent = other.hasLostAgent
  }

  private func perDevice(_ demand: Demand) -> Int64 {
    demand.kind == .share ? demand.gpu : MilliGPU.device.value
  }
}

/// Room kept on a cluster for a deployment, or some of a gang, that waited too long.
struct Reservation: Sendable {
  let slot: QueueForest.Slot
  /// Who stands behind it gets nothing of what it keeps.
  var key: QueueKey
  let demand: Demand
  /// Devices that nobody behind it in the queue gets.
  let devices: [Int]
  /// Tells this reservation from others of the same cluster.
  let serial: UInt64
  /// Held by those who came after the reservation from behind it in the queue.
  var backfilledCPU: Int64 = 0
  var backfilledMemory: Int64 = 0
  /// It reclaims what its organization is guaranteed: in the books of all others its key is
  /// `QueueKey.claim`, since those who borrow would take what was freed.
  var isClaim = false
  /// For so many of a gang; `demand` is that of all of them.
  var replicas = 1
}
