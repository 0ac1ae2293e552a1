/// The streams of a connection by number: open addressing over one allocation. Numbers go up in
/// steps of two, so that neighbours lie side by side and a probe hits at once.
struct StreamTable: ~Copyable {
  private var slots: UnsafeMutablePointer<StreamRecord>?
  private var capacity = 0
  /// Streams in the table.
  private(set) var count = 0
  /// Those of them that do not lie where they belong. Zero is usual: then taking one out moves
  /// none.
  private var displaced = 0

  /// Slots that an empty table keeps: for 128 streams at once, 10 KiB.
  private static let keptCapacity = 256

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
    let slot = claimSlot(for: id)
    // A free slot holds a record without references: field by field nothing of it is released.
    slot.pointee.id = id
    slot.pointee.state = StreamState()
    if let handler { slot.pointee.handler = handler }
    return slot
  }

  /// Takes a stream out. The records behind it may move.
  mutating func remove(_ id: UInt32) -> StreamRecord? {
    find(id).map { remove(at: $0) }
  }

  /// Takes out the stream that `find` found. The records behind it may move.
  mutating func remove(at found: UnsafeMutablePointer<StreamRecord>) -> StreamRecord {
    let record = found.pointee
    discard(at: found)
    return record
  }

  /// `remove(at:)` of a record that nobody wants.
  mutating func discard(at found: UnsafeMutablePointer<StreamRecord>) {
    let id = found.pointee.id
    // They go once the table is whole again: what ends with them may look into it.
    let held = found.pointee.clear()
    defer { withExtendedLifetime(held) {} }
    count &-= 1
    if displaced > 0 { closeGap(found - slots.unsafelyUnwrapped, of: id) }
    if count == 0, capacity > Self.keptCapacity { reset() }
  }

  /// Moves records back over a gap until one is where it belongs.
  private mutating func closeGap(_ gap: Int, of id: UInt32) {
    let slots = slots.unsafelyUnwrapped
    if gap != home(id) { displaced &-= 1 }
    var gap = gap
    var next = (gap &+ 1) & (capacity &- 1)
    while slots[next].id != 0 {
      let home = home(slots[next].id)
      let distance = (next &- home) & (capacity &- 1)
      if distance >= (next &- gap) & (capacity &- 1) {
        (slots + gap).moveInitialize(from: slots + next, count: 1)
        if gap == home { displaced &-= 1 }
        gap = next
      }
      next = (next &+ 1) & (capacity &- 1)
    }
    (slots + gap).initialize(to: StreamRecord(id: 0))
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
    displaced = 0
  }

  private mutating func grow() {
    let old = slots
    let oldCapacity = capacity
    capacity = max(8, capacity * 2)
    displaced = 0
    let new = UnsafeMutablePointer<StreamRecord>.allocate(capacity: capacity)
    new.initialize(repeating: StreamRecord(id: 0), count: capacity)
    slots = new
    guard let old else { return }
    for index in 0..<oldCapacity where old[index].id != 0 {
      claimSlot(for: old[index].id).moveInitialize(from: old + index, count: 1)
      (old + index).initialize(to: StreamRecord(id: 0))
    }
    Self.free(old, oldCapacity)
  }

  /// The first free slot at or behind where `id` belongs, for the caller to initialize at once: a
  /// free record holds no reference.
  private mutating func claimSlot(for id: UInt32) -> UnsafeMutablePointer<StreamRecord> {
    let slots = slots.unsafelyUnwrapped
    let home = home(id)
    var index = home
    while slots[index].id != 0 { index = (index &+ 1) & (capacity &- 1) }
    if index != home { displaced &+= 1 }
    return slots + index
  }

  private static func free(_ slots: UnsafeMutablePointer<StreamRecord>?, _ capacity: Int) {
    slots?.deinitialize(count: capacity)
    slots?.deallocate()
  }
}
