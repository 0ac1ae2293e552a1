/// Writes fields to memory that has room for them: `WireSizer` told how much.
public struct WireCursor: FieldSink {
  /// Where the next byte goes.
  @usableFromInline var next: UnsafeMutableRawPointer

  @inlinable
  init(at target: UnsafeMutableRawPointer) { next = target }

  /// Writes the fields that `body` names.
  @inlinable @inline(__always)
  public static func write(
    at target: UnsafeMutableRawPointer, _ body: (inout WireCursor) -> Void
  ) {
    var cursor = WireCursor(at: target)
    body(&cursor)
  }

  @inlinable public static var ignoresOrder: Bool { false }

  @inlinable @inline(__always)
  mutating func byte(_ value: UInt64) {
    next.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
    next += 1
  }

  /// One or two stores, as the field is a constant.
  @inlinable @inline(__always)
  public mutating func tag(_ field: Int, _ type: WireType) {
    let key = UInt64(truncatingIfNeeded: field) << 3 | type.bits
    if key < 0x4000, key >= 0x80 {
      byte(key | 0x80)
      byte(key >> 7)
    } else {
      varint(key)
    }
  }

  @inlinable @inline(__always)
  public mutating func varint(_ value: UInt64) {
    if value < 0x80 {
      byte(value)
    } else {
      next = Self.longVarint(value, at: next)
    }
  }

  /// By value, so that a cursor can stay in a register.
  @usableFromInline
  static func longVarint(
    _ value: UInt64, at target: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    var cursor = WireCursor(at: target)
    var value = value
    while value >= 0x80 {
      cursor.byte(value | 0x80)
      value >>= 7
    }
    cursor.byte(value)
    return cursor.next
  }

  @inlinable @inline(__always)
  public mutating func fixed<Number: FixedWidthInteger & BitwiseCopyable>(_ value: Number) {
    next.storeBytes(of: value.littleEndian, as: Number.self)
    next += MemoryLayout<Number>.size
  }

  @inlinable @inline(__always)
  public mutating func delimited(_ bytes: UnsafeRawBufferPointer) {
    varint(UInt64(truncatingIfNeeded: bytes.count))
    guard let start = bytes.baseAddress else { return }
    next.copyMemory(from: start, byteCount: bytes.count)
    next += bytes.count
  }

  @inlinable @inline(__always)
  public mutating func delimited(_ text: String) {
    let copied: Void? = text.utf8.withContiguousStorageIfAvailable {
      delimited(UnsafeRawBufferPointer($0))
    }
    if copied == nil { next = Self.copy(text, to: next) }
  }

  /// Of a string that does not lie in one piece.
  @usableFromInline @inline(never)
  static func copy(_ text: String, to target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    var text = text
    return text.withUTF8 { bytes in
      var cursor = WireCursor(at: target)
      cursor.delimited(UnsafeRawBufferPointer(bytes))
      return cursor.next
    }
  }

  @inlinable @inline(__always)
  public mutating func delimited(_ message: some EncodableMessage) {
    let count = message.encodedBytes
    varint(UInt64(truncatingIfNeeded: count))
    message.write(to: next)
    next += count
  }
}
