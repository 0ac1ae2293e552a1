@_spi(Frames) import Wire

/// Memory for one message: as it is put together, or as it waits to be sent. Confined to its loop.
///
/// There is room for a frame's header before the message, so that a part can be sent from where it
/// lies: its header overwrites the end of the part before it, which has gone.
final class MessageBuffer {
  private let base: UnsafeMutableRawPointer
  let capacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    base = .allocate(byteCount: WireLimits.headerBytes + capacity, alignment: 16)
    self.capacity = capacity
  }

  deinit { base.deallocate() }

  private var start: UnsafeMutableRawPointer { base + WireLimits.headerBytes }

  /// The message, for as long as the buffer is held and nothing is appended.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

  /// Appends `bytes`, for which there is room.
  func append(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count <= capacity - count, "a message over its buffer")
    guard let source = bytes.baseAddress else { return }
    (start + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }

  /// Makes `count` bytes the content, which `write` fills.
  func fill(_ count: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
    precondition(count <= capacity, "a message over its buffer")
    write(UnsafeMutableRawBufferPointer(start: start, count: count))
    self.count = count
  }

  /// The frame whose payload is the part at `offset`, in place. The bytes before the part are lost.
  func frame(_ header: FrameHeader, at offset: Int) -> UnsafeRawBufferPointer {
    precondition(offset >= 0 && offset + header.length <= count, "a part beyond its message")
    let frame = base + offset
    header.write(to: frame)
    return UnsafeRawBufferPointer(start: frame, count: header.frameBytes)
  }

  func removeAll() { count = 0 }
}
