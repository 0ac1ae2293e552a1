/// Reads big-endian numbers from lent bytes, never past their end.
@_spi(Frames)
public struct ByteCursor {
  @usableFromInline let base: UnsafeRawBufferPointer
  @usableFromInline var offset = 0

  @inlinable
  public init(_ bytes: UnsafeRawBufferPointer) { base = bytes }

  @inlinable
  public var remaining: Int { base.count &- offset }

  @inlinable
  public mutating func uint8() -> UInt8? {
    guard remaining >= 1 else { return nil }
    defer { offset &+= 1 }
    return base.loadUnaligned(fromByteOffset: offset, as: UInt8.self)
  }

  @inlinable
  public mutating func uint16() -> UInt16? {
    guard remaining >= 2 else { return nil }
    defer { offset &+= 2 }
    return UInt16(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  @inlinable
  public mutating func uint32() -> UInt32? {
    guard remaining >= 4 else { return nil }
    defer { offset &+= 4 }
    return UInt32(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  @inlinable
  public mutating func uint64() -> UInt64? {
    guard remaining >= 8 else { return nil }
    defer { offset &+= 8 }
    return UInt64(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// The next `count` bytes, still lent.
  @inlinable
  public mutating func bytes(_ count: Int) -> UnsafeRawBufferPointer? {
    guard count >= 0, remaining >= count else { return nil }
    defer { offset &+= count }
    return UnsafeRawBufferPointer(rebasing: base[offset..<(offset &+ count)])
  }

  /// All that is left.
  @inlinable
  public mutating func rest() -> UnsafeRawBufferPointer {
    defer { offset = base.count }
    return UnsafeRawBufferPointer(rebasing: base[offset...])
  }
}
