import DequeModule

/// Bytes that wait for the socket. Appends at the end, takes from the front.
struct OutputBuffer: ~Copyable {
  private var base: UnsafeMutableRawPointer?
  private var capacity = 0
  private var start = 0
  private var end = 0
  /// Bytes taken since it was last empty.
  private var takenBytes = 0
  /// Where the control frames end that have not gone, counted from there.
  private var controlEnds: Deque<Int> = []

  init() {}

  deinit { base?.deallocate() }

  /// Bytes that wait.
  var count: Int { end &- start }

  /// Control frames that wait, one that has gone in part among them.
  var controlFrames: Int { controlEnds.count }

  /// Whether it holds memory.
  var hasStorage: Bool { base != nil }

  /// What waits, for as long as nothing is appended.
  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base.map { UnsafeRawPointer($0) + start }, count: count)
  }

  /// Room for `bytes` at the end; `commit` makes them part of it.
  mutating func reserve(_ bytes: Int) -> UnsafeMutableRawPointer {
    if bytes > capacity &- end { makeRoom(for: bytes) }
    return base.unsafelyUnwrapped + end
  }

  mutating func commit(_ bytes: Int) {
    assert(bytes <= capacity - end, "more was committed than reserved")
    end &+= bytes
  }

  /// `commit` of a whole control frame.
  mutating func commitControl(_ bytes: Int) {
    commit(bytes)
    controlEnds.append(takenBytes &+ count)
  }

  /// Drops what was written to the socket.
  mutating func consume(_ bytes: Int) {
    assert(bytes <= count, "more was consumed than waits")
    start &+= bytes
    takenBytes &+= bytes
    if start == end {
      start = 0
      end = 0
      takenBytes = 0
      if !controlEnds.isEmpty { controlEnds = [] }
    } else if !controlEnds.isEmpty {
      while let first = controlEnds.first, first <= takenBytes { controlEnds.removeFirst() }
    }
  }

  /// Gives memory to a buffer that has none.
  mutating func adopt(owning storage: UnsafeMutableRawBufferPointer) {
    assert(base == nil, "the buffer has memory")
    base = storage.baseAddress
    capacity = storage.count
  }

  /// Takes the memory of an empty buffer away.
  mutating func release() -> UnsafeMutableRawBufferPointer? {
    guard let base, count == 0 else { return nil }
    defer {
      self.base = nil
      capacity = 0
    }
    return UnsafeMutableRawBufferPointer(start: base, count: capacity)
  }

  private mutating func makeRoom(for bytes: Int) {
    let waiting = count
    let needed = waiting + bytes
    var target = base
    if needed > capacity {
      var size = max(capacity, 4_096)
      while size < needed { size *= 2 }
      target = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
      capacity = size
    }
    if let base, let target, waiting > 0 {
      target.copyMemory(from: base + start, byteCount: waiting)
    }
    if target != base {
      base?.deallocate()
      base = target
    }
    start = 0
    end = waiting
  }
}
