/// Cuts what the server sends into messages. Confined to its connection's loop.
final class MessageReader {
  /// A message whose body is lent until the next `next`, `fill` or `removeAll`.
  struct Message {
    let type: UInt8
    let body: UnsafeRawBufferPointer
  }

  /// Type and length, which counts itself.
  private static let headerBytes = 5

  private var storage: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0
  /// The server's last words made no sense: why.
  private(set) var problem: String?

  init() { storage = Self.allocate(Limits.readBufferBytes) }

  deinit { storage.deallocate() }

  private static func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer {
    .allocate(byteCount: count, alignment: 8)
  }

  func removeAll() {
    start = 0
    end = 0
    problem = nil
    resize(to: Limits.readBufferBytes)
  }

  /// Lends the free space, at least a quarter of the buffer, to `body`, which tells how much of it
  /// it filled; nil: nothing.
  func fill(_ body: (UnsafeMutableRawBufferPointer) -> Int?) -> (filled: Int, space: Int) {
    if start == end {
      start = 0
      end = 0
      // What a rare large row took is not kept.
      if storage.count > Limits.keptBufferBytes { resize(to: Limits.readBufferBytes) }
    }
    if storage.count - end < storage.count / 4 { makeSpace() }
    let space = UnsafeMutableRawBufferPointer(rebasing: storage[end...])
    let filled = body(space) ?? 0
    end += filled
    return (filled, space.count)
  }

  private func makeSpace() {
    let unread = end - start
    if unread <= storage.count / 2 {
      storage.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[start..<end]))
      start = 0
      end = unread
    } else {
      resize(to: storage.count * 2)
    }
  }

  private func resize(to count: Int) {
    guard count != storage.count else { return }
    let larger = Self.allocate(count)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[start..<end]))
    storage.deallocate()
    storage = larger
    end -= start
    start = 0
  }

  /// The next whole message; nil if it has not come, or `problem`.
  func next() -> Message? {
    guard end - start >= Self.headerBytes else { return nil }
    let type = storage[start]
    let length = Int(
      UInt32(bigEndian: storage.loadUnaligned(fromByteOffset: start + 1, as: UInt32.self)))
    guard length >= 4, length <= Limits.messageBytes else {
      problem = "a message of \(length) bytes"
      return nil
    }
    guard end - start >= 1 + length else { return nil }
    let body = storage[(start + Self.headerBytes)..<(start + 1 + length)]
    start += 1 + length
    return Message(type: type, body: UnsafeRawBufferPointer(rebasing: body))
  }
}
