/// The chunks of an arena and the place in the newest.
struct ArenaState {
  /// Enough for every struct that protoc-c makes (pointers, int64, double).
  static let alignment = 8

  private var chunks: [UnsafeMutableRawBufferPointer]
  private var next: UnsafeMutableRawPointer
  private var end: UnsafeMutableRawPointer
  /// What the use that goes on may still allocate.
  private var remaining = 0
  private(set) var isExhausted = false

  init(chunkBytes: Int) {
    let chunk = UnsafeMutableRawBufferPointer.allocate(
      byteCount: chunkBytes, alignment: Self.alignment)
    chunks = [chunk]
    next = chunk.baseAddress.unsafelyUnwrapped  // allocate(byteCount:) above 0 has an address
    end = next + chunkBytes
  }

  mutating func mark(budget: Int) -> Arena.Mark {
    let mark = Arena.Mark(
      chunkCount: chunks.count, next: next, remaining: remaining, isExhausted: isExhausted)
    remaining = budget
    isExhausted = false
    return mark
  }

  mutating func rewind(to mark: Arena.Mark) {
    if chunks.count > mark.chunkCount {
      releaseChunks(downTo: mark.chunkCount)
      let chunk = chunks[mark.chunkCount - 1]
      end = chunk.baseAddress.unsafelyUnwrapped + chunk.count
    }
    next = mark.next
    remaining = mark.remaining
    isExhausted = mark.isExhausted
  }

  mutating func releaseChunks(downTo count: Int) {
    while chunks.count > count { chunks.removeLast().deallocate() }
  }

  /// Room for `size` bytes, or nil where the budget does not hold them.
  mutating func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
    guard size >= 0, size <= remaining else {
      isExhausted = true
      return nil
    }
    // No overflow: the budget is at most Int.max / 2.
    let rounded = (size + Self.alignment - 1) & ~(Self.alignment - 1)
    remaining = max(0, remaining - rounded)
    if rounded > end - next { addChunk(holding: rounded) }
    defer { next += rounded }
    return next
  }

  private mutating func addChunk(holding size: Int) {
    let doubled = min((chunks.last?.count ?? 0) * 2, MessageLimits.largestArenaChunkBytes)
    let count = max(doubled, size)
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: Self.alignment)
    chunks.append(chunk)
    next = chunk.baseAddress.unsafelyUnwrapped
    end = next + count
  }
}
