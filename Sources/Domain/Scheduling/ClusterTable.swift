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
    /// A number for the model's name.
    var gpuModel = 0

    /// What it has for somebody at this place in the queue.
    @inline(__always)
    func room(for key: QueueKey) -> Room {
      if let reservedFor, reservedFor < key { return roomBehind }
      return room
    }
  }

  private(set) var rows: ContiguousArray<Row> = []
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
  }
}
