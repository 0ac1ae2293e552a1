/// A cluster as a score sees it.
struct ClusterState: Sendable {
  // What is free; negative: nothing may be placed there.
  var cpu: Int64 = -1
  var memory: Int64 = -1
  var freeMilliGPU: Int32 = 0
  var wholeDevices: Int32 = 0
  var deviceCount: Int32 = 0
  /// Where its devices begin among those of all.
  fileprivate(set) var firstDevice: Int32 = 0
  /// Its place among the pool's clusters.
  fileprivate(set) var number: Int32 = 0
  /// The number of its model in the pool.
  var model: UInt8 = 0
  /// What the policy works out of the state alone, before any request is looked at.
  var worth = 0.0
  var potential = 0.0
}

/// The clusters of a pool, laid out flat for what is looked at most. `ClusterBook` is the truth; a
/// state is written anew whenever its book changes.
struct ClusterStates: Sendable {
  private(set) var states: ContiguousArray<ClusterState> = []
  /// Thousandths free of each device of each cluster.
  private var free: ContiguousArray<Int16> = []
  /// How many devices a cluster has room for in `free`.
  private var places: ContiguousArray<Int32> = []

  init() {}

  /// One cluster alone; of the devices in `hidden` nothing is free.
  init(_ book: ClusterBook, room: Room, model: UInt8, number: Int, hidden: [Int] = []) {
    append()
    states[0].number = Int32(number)
    write(0, book, room: room, model: model)
    for device in hidden where device < book.deviceCount {
      states[0].freeMilliGPU = max(0, states[0].freeMilliGPU - Int32(free[device]))
      free[device] = 0
    }
  }

  var count: Int { states.count }

  @inline(__always)
  subscript(position: Int) -> ClusterState {
    get { states[position] }
    set { states[position] = newValue }
  }

  mutating func append() {
    states.append(ClusterState())
    states[states.count - 1].number = Int32(states.count - 1)
    places.append(0)
  }

  mutating func removeAll() {
    states.removeAll(keepingCapacity: true)
    free.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
  }

  /// The policy's own values are left to it.
  mutating func write(_ position: Int, _ book: ClusterBook, room: Room, model: UInt8) {
    if places[position] < book.deviceCount {
      states[position].firstDevice = Int32(free.count)
      places[position] = Int32(book.deviceCount)
      free.append(contentsOf: repeatElement(0, count: book.deviceCount))
    }
    let first = Int(states[position].firstDevice)
    var sum: Int64 = 0
    for device in 0..<book.deviceCount {
      let left = min(max(MilliGPU.device.value - book.devices[device], 0), MilliGPU.device.value)
      free[first + device] = Int16(left)
      sum += left
    }
    states[position].cpu = room.cpu
    states[position].memory = room.memory
    // A quota may leave less than the devices have.
    if let quota = book.quota { sum = min(sum, max(0, quota.left.milliGPU)) }
    states[position].freeMilliGPU = Int32(clamping: sum)
    states[position].wholeDevices = Int32(room.wholeDevices)
    states[position].deviceCount = Int32(book.deviceCount)
    states[position].model = model
  }

  /// Thousandths free of one of its devices.
  @inline(__always)
  func free(_ state: ClusterState, _ device: Int) -> Int {
    Int(free[Int(state.firstDevice) + device])
  }

  /// Whether every request is worth the same on both.
  @inline(__always)
  func areAlike(_ first: Int, _ second: Int) -> Bool {
    let (a, b) = (states[first], states[second])
    guard a.cpu == b.cpu, a.memory == b.memory, a.freeMilliGPU == b.freeMilliGPU,
      a.model == b.model, a.deviceCount == b.deviceCount
    else { return false }
    for device in 0..<Int(a.deviceCount) where free(a, device) != free(b, device) { return false }
    return true
  }
}
