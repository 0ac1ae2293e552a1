/// Writes protobuf's wire format field by field, for messages whose fields lie in memory already
/// and are sent without a Swift value in between. Fields at their default are left out, as proto3
/// does; the caller writes them in the order of their numbers.
public struct WireWriter: ~Copyable, @unchecked Sendable {
  // @unchecked: it owns the memory, which nobody else has and which is freed here once.
  @usableFromInline var storage: UnsafeMutableRawPointer
  @usableFromInline var capacity: Int
  /// Bytes that were written.
  @usableFromInline var count = 0

  /// - Parameter capacity: bytes to begin with; it grows.
  public init(capacity: Int) {
    self.capacity = max(capacity, 64)
    storage = .allocate(byteCount: self.capacity, alignment: 16)
  }

  deinit { storage.deallocate() }

  /// What was written, as a message: valid until the next write, and not longer than the writer.
  public var encoding: MessageEncoding {
    MessageEncoding(borrowing: UnsafeRawBufferPointer(start: storage, count: count))
  }

  /// Makes room for `bytes` more: what is written next without a check.
  @inlinable
  mutating func reserve(_ bytes: Int) {
    if capacity - count < bytes { grow(bytes) }
  }

  @usableFromInline @inline(never)
  mutating func grow(_ bytes: Int) {
    while capacity - count < bytes { capacity *= 2 }
    let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    larger.copyMemory(from: storage, byteCount: count)
    storage.deallocate()
    storage = larger
  }

  /// The most that a tag and a varint, or a tag and a length, take.
  @usableFromInline static var headBytes: Int { 5 + 10 }

  @inlinable
  mutating func byte(_ value: UInt8) {
    storage.storeBytes(of: value, toByteOffset: count, as: UInt8.self)
    count &+= 1
  }

  @inlinable @inline(__always)
  mutating func varint(_ value: UInt64) {
    if value < 0x80 {
      byte(UInt8(truncatingIfNeeded: value))
    } else {
      longVarint(value)
    }
  }

  @usableFromInline
  mutating func longVarint(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      byte(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    byte(UInt8(truncatingIfNeeded: value))
  }

  /// Callers name the field by a constant: this is one or two stores.
  @inlinable @inline(__always)
  mutating func tag(_ field: Int, _ type: UInt64) {
    let key = UInt64(truncatingIfNeeded: field) << 3 | type
    if key < 0x80 {
      byte(UInt8(truncatingIfNeeded: key))
    } else if key < 0x4000 {
      byte(UInt8(truncatingIfNeeded: key) | 0x80)
      byte(UInt8(truncatingIfNeeded: key >> 7))
    } else {
      longVarint(key)
    }
  }

  /// A field of any integer type but the zigzag ones, of an enum or a bool.
  @inlinable
  public mutating func integer(_ field: Int, _ value: Int64) {
    if value != 0 { optionalInteger(field, value) }
  }

  /// One with presence: written also at its default.
  @inlinable
  public mutating func optionalInteger(_ field: Int, _ value: Int64) {
    reserve(Self.headBytes)
    tag(field, 0)
    varint(UInt64(bitPattern: value))
  }

  /// A string or bytes field.
  @inlinable
  public mutating func bytes(_ field: Int, _ value: UnsafeRawBufferPointer) {
    if value.count > 0 { element(field, value) }
  }

  /// An element of a repeated string or bytes field: written also when it is empty.
  @inlinable
  public mutating func element(_ field: Int, _ value: UnsafeRawBufferPointer) {
    bytes(field, size: value.count) { target in
      if let start = value.baseAddress { target.copyMemory(from: start, byteCount: value.count) }
    }
  }

  /// A string field.
  public mutating func text(_ field: Int, _ value: String) {
    if !value.isEmpty { element(field, value) }
  }

  /// An element of a repeated string field: written also when it is empty.
  public mutating func element(_ field: Int, _ value: String) {
    var value = value
    value.withUTF8 { element(field, UnsafeRawBufferPointer($0)) }
  }

  /// A string or bytes field of `size` bytes that `write` writes, all of them.
  @inlinable
  public mutating func bytes(_ field: Int, size: Int, _ write: (UnsafeMutableRawPointer) -> Void) {
    reserve(Self.headBytes + size)
    tag(field, 2)
    varint(UInt64(truncatingIfNeeded: size))
    write(storage + count)
    count &+= size
  }

  /// A packed repeated field of integers.
  @inlinable
  public mutating func packed(_ field: Int, _ values: [Int32]) {
    guard !values.isEmpty else { return }
    message(field) { for value in values { $0.element(value) } }
  }

  @usableFromInline
  mutating func element(_ value: Int32) {
    reserve(Self.headBytes)
    varint(UInt64(bitPattern: Int64(value)))
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
    tag(field, 2)
    // One byte is kept for the length, which small messages need; others are moved.
    let start = count
    count &+= 1
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
    let bits = Int.bitWidth - length.leadingZeroBitCount
    let size = (bits + 6) / 7
    (storage + start + size).copyMemory(from: storage + start + 1, byteCount: length)
    count = start
    varint(UInt64(length))
    count += length
  }
}
