/// What is looked at for every cluster in every decision, laid out flat: no reference counting, no
/// strings. `ClusterBook` is the truth; a row is written anew whenever its book changes.
struct ClusterTable: Sendable {
  struct Row: Sendable {
    var id: ClusterID
    var room = Room.none
    /// What of the room is for those behind the reservation; equal to it without one.
    var roomBehind = Room.none
    /// The place in the queue of who the reservation is for.
    var reservedFor: QueueKey?
    var cpu: Int64 = 0
    var memory: Int64 = 0
    var deviceCount = 0
    /// A number for the model's name.
    var gpuModel = 0
    /// Where its devices begin in `freeShares`, and how many fit there.
    fileprivate var offset = 0
    fileprivate var places = 0

    /// What it has for somebody at this place in the queue.
    @inline(__always)
    func room(for key: QueueKey) -> Room {
      if let reservedFor, reservedFor < key { return roomBehind }
      return room
    }
  }

  private(set) var rows: ContiguousArray<Row> = []
  /// Thousandths free of each device of each cluster.
  private var freeShares: ContiguousArray<Int16> = []
  private var modelNumbers: [String: Int] = ["": 0]

  mutating func add(_ id: ClusterID) { rows.append(Row(id: id)) }

  /// The number that stands for a model's name; the same as long as the table lives.
  mutating func number(of gpuModel: String) -> Int {
    if let known = modelNumbers[gpuModel] { return known }
    let number = modelNumbers.count
    modelNumbers[gpuModel] = number
    return number
  }

  mutating func setGPUModel(_ index: Int, _ gpuModel: String) {
    rows[index].gpuModel = number(of: gpuModel)
  }

  mutating func write(_ index: Int, _ book: ClusterBook) {
    rows[index].room = book.room
    rows[index].roomBehind = book.reservation == nil ? rows[index].room : book.roomBehindReservation
    rows[index].reservedFor = book.reservation?.key
    rows[index].cpu = book.cpu
    rows[index].memory = book.memory
    rows[index].deviceCount = book.deviceCount
    if rows[index].places < book.deviceCount {
      rows[index].offset = freeShares.count
      rows[index].places = book.deviceCount
      freeShares.append(contentsOf: repeatElement(0, count: book.deviceCount))
    }
    for device in 0..<book.deviceCount {
      freeShares[rows[index].offset + device] = Int16(
        clamping: MilliGPU.device.value - book.devices[device])
    }
  }

  /// What is left on the device that a share fills best.
  func leastLeft(_ index: Int, after share: Int64) -> Int64 {
    let begin = rows[index].offset
    var least = MilliGPU.device.value
    for device in begin..<begin + rows[index].deviceCount {
      let left = Int64(freeShares[device]) - share
      if left >= 0, left < least { least = left }
    }
    return least
  }
}
