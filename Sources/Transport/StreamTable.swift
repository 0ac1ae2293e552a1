/// The streams of a connection by number: open addressing over one allocation. Numbers go up in
/// steps of two, so that neighbours lie side by side and a probe hits at once.
struct StreamTable: ~Copyable {
  private var slots: UnsafeMutablePointer<StreamRecord>?
  private var capacity = 0
  /// Streams in the table.
  private(set) var count = 0

  /// Slots that an empty table keeps.
  private static let keptCapacity = 32

  init() {}

  deinit { Self.free(slots, capacity) }

  /// The record of `id`. Valid until a stream is added or removed.
  func find(_ id: UInt32) -> UnsafeMutablePointer<StreamRecord>? {
    guard let slots, id != 0 else { return nil }
    var index = home(id)
    while true {
      let slot = slots + index
      if slot.pointee.id == id { return slot }
      if slot.pointee.id == 0 { return nil }
      index = (index &+ 1) & (capacity &- 1)
    }
  }

  /// Adds a stream that is not there. Valid until another is added or removed.
  mutating func insert(
    _ id: UInt32, handler: (any StreamHandler)? = nil
  ) -> UnsafeMutablePointer<StreamRecord> {
    // At most half full, so that a probe always ends.
    if (count &+ 1) &* 2 > capacity { grow() }
    count &+= 1
    let slot = freeSlot(for: id)
    slot.pointee.id = id
    slot.pointee.handler = handler
    return slot
  }

  /// Takes a stream out. The records behind it may move.
  mutating func remove(_ id: UInt32) -> StreamRecord? {
    find(id).map { remove(at: $0) }
  }

  /// Takes out the stream that `find` found. The records behind it may move.
  mutating func remove(at found: UnsafeMutablePointer<StreamRecord>) -> StreamRecord {
    let slots = slots.unsafelyUnwrapped
    let record = found.move()
    var hole = found - slots
    var next = (hole &+ 1) & (capacity &- 1)
    // Moves records back over the hole until one is where it belongs.
    while slots[next].id != 0 {
      let distance = (next &- home(slots[next].id)) & (capacity &- 1)
      if distance >= (next &- hole) & (capacity &- 1) {
        (slots + hole).moveInitialize(from: slots + next, count: 1)
        hole = next
      }
      next = (next &+ 1) & (capacity &- 1)
    }
    (slots + hole).initialize(to: StreamRecord(id: 0))
    count &-= 1
    if count == 0, capacity > Self.keptCapacity { reset() }
    return record
  }

  /// Takes all streams out, lowest number first.
  mutating func removeAll() -> [StreamRecord] {
    let records = ids.compactMap { find($0)?.pointee }
    reset()
    return records
  }

  /// The numbers of all streams, lowest first.
  var ids: [UInt32] {
    guard let slots else { return [] }
    return (0..<capacity).map { slots[$0].id }.filter { $0 != 0 }.sorted()
  }

  private func home(_ id: UInt32) -> Int { Int(id >> 1) & (capacity &- 1) }

  private mutating func reset() {
    Self.free(slots, capacity)
    slots = nil
    capacity = 0
    count = 0
  }

  private mutating func grow() {
    let old = slots
    let oldCapacity = capacity
    capacity = max(8, capacity * 2)
    let new = UnsafeMutablePointer<StreamRecord>.allocate(capacity: capacity)
    new.initialize(repeating: StreamRecord(id: 0), count: capacity)
    slots = new
    guard let old else { return }
    for index in 0..<oldCapacity where old[index].id != 0 {
      freeSlot(for: old[index].id).pointee = old[index]
    }
    Self.free(old, oldCapacity)
  }

  private func freeSlot(for id: UInt32) -> UnsafeMutablePointer<StreamRecord> {
    let slots = slots.unsafelyUnwrapped
    var index = home(id)
    while slots[index].id != 0 { index = (index &+ 1) & (capacity &- 1) }
    return slots + index
  }

  private static func free(_ slots: UnsafeMutablePointer<StreamRecord>?, _ capacity: Int) {
    slots?.deinitialize(count: capacity)
    slots?.deallocate()
  }
}
