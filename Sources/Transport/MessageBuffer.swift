/// Memory for one message: as it is put together, or as it waits to be sent. Confined to its loop.
final class MessageBuffer {
  private let base: UnsafeMutableRawPointer
  let capacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    base = .allocate(byteCount: max(capacity, 1), alignment: 16)
    self.capacity = capacity
  }

  deinit { base.deallocate() }

  /// The message, for as long as the buffer is held and nothing is appended.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// Appends `bytes`, for which there is room.
  func append(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count <= capacity - count, "a message over its buffer")
    guard let source = bytes.baseAddress else { return }
    (base + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }

  /// Makes `count` bytes the content, which `write` fills.
  func fill(_ count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
    precondition(count <= capacity, "a message over its buffer")
    write(UnsafeMutableRawBufferPointer(start: base, count: count))
    self.count = count
  }

  func removeAll() { count = 0 }
}
