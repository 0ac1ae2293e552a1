/// Writes protobuf's wire format field by field, for messages whose fields lie in memory already
/// and are sent without a Swift value in between. It makes room as it goes, so nothing is counted
/// first. Fields at their default are left out, as proto3 does; the caller writes them in the order
/// of their numbers.
public struct WireWriter: ~Copyable, @unchecked Sendable {
  // @unchecked: it owns the memory, which nobody else has and which is freed here once.
  @usableFromInline var storage: UnsafeMutableRawPointer
  @usableFromInline var end: UnsafeMutableRawPointer
  @usableFromInline var cursor: WireCursor

  /// - Parameter capacity: bytes to begin with; it grows.
  public init(capacity: Int) {
    let capacity = max(capacity, 64)
    storage = .allocate(byteCount: capacity, alignment: 16)
    end = storage + capacity
    cursor = WireCursor(at: storage)
  }

  deinit { storage.deallocate() }

  /// Bytes that were written.
  @inlinable
  public var count: Int { cursor.next - storage }

  /// Writes the `count` bytes to `target`.
  public func write(to target: UnsafeMutableRawPointer) {
    target.copyMemory(from: storage, byteCount: count)
  }

  /// Makes room for `bytes` more: what is written next without a check.
  @inlinable
  mutating func reserve(_ bytes: Int) {
    if end - cursor.next < bytes { grow(bytes) }
  }

  @usableFromInline @inline(never)
  mutating func grow(_ bytes: Int) {
    let count = count
    var capacity = end - storage
    while capacity - count < bytes { capacity *= 2 }
    let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    larger.copyMemory(from: storage, byteCount: count)
    storage.deallocate()
    storage = larger
    end = larger + capacity
    cursor = WireCursor(at: larger + count)
  }

  /// The most that a tag and a varint, or a tag and a length, take.
  @usableFromInline static var headBytes: Int { 5 + 10 }

  /// A field of any integer type but the zigzag ones, of an enum or a bool.
  @inlinable
  public mutating func integer(_ field: Int, _ value: Int64) {
    if value != 0 { optionalInteger(field, value) }
  }

  /// One with presence: written also at its default.
  @inlinable
  public mutating func optionalInteger(_ field: Int, _ value: Int64) {
    reserve(Self.headBytes)
    cursor.present(field, value)
  }

  /// A string or bytes field.
  @inlinable
  public mutating func bytes(_ field: Int, _ value: UnsafeRawBufferPointer) {
    if value.count > 0 { element(field, value) }
  }

  /// An element of a repeated string or bytes field: written also when it is empty.
  @inlinable
  public mutating func element(_ field: Int, _ value: UnsafeRawBufferPointer) {
    reserve(Self.headBytes + value.count)
    cursor.tag(field, .delimited)
    cursor.delimited(value)
  }

  /// A string field.
  public mutating func text(_ field: Int, _ value: String) {
    if !value.isEmpty { element(field, value) }
  }

  /// An element of a repeated string field: written also when it is empty.
  public mutating func element(_ field: Int, _ value: String) {
    reserve(Self.headBytes + value.utf8.count)
    cursor.present(field, value)
  }

  /// A string or bytes field of `size` bytes that `write` writes, all of them.
  @inlinable
  public mutating func bytes(_ field: Int, size: Int, _ write: (UnsafeMutableRawPointer) -> Void) {
    reserve(Self.headBytes + size)
    cursor.tag(field, .delimited)
    cursor.varint(UInt64(truncatingIfNeeded: size))
    write(cursor.next)
    cursor.next += size
  }

  /// A packed repeated field of integers.
  public mutating func packed(_ field: Int, _ values: [Int32]) {
    reserve(Self.headBytes * (1 + values.count))
    cursor.packed(field, values)
  }

  /// A `google.protobuf.Timestamp`.
  @inlinable
  public mutating func timestamp(_ field: Int, _ value: Timestamp) {
    message(field) {
      $0.integer(1, value.seconds)
      $0.integer(2, Int64(value.nanos))
    }
  }

  /// A message field, an element of a repeated one, or a map's entry: what `body` writes.
  @inlinable
  public mutating func message(_ field: Int, _ body: (inout WireWriter) -> Void) {
    reserve(Self.headBytes)
    cursor.tag(field, .delimited)
    // One byte is kept for the length, which small messages need; others are moved.
    let start = count
    cursor.next += 1
    body(&self)
    let length = count &- start &- 1
    if length < 0x80 {
      storage.storeBytes(of: UInt8(truncatingIfNeeded: length), toByteOffset: start, as: UInt8.self)
    } else {
      lengthen(start, length)
    }
  }

  @usableFromInline
  mutating func lengthen(_ start: Int, _ length: Int) {
    reserve(Self.headBytes)
    var sizer = WireSizer()
    sizer.varint(UInt64(length))
    let body = storage + start + sizer.count
    body.copyMemory(from: storage + start + 1, byteCount: length)
    cursor.next = storage + start
    cursor.varint(UInt64(length))
    cursor.next += length
  }
}
