/// What follows a tag on the wire.
public struct WireType: Sendable {
  /// The low bits of the tag.
  @usableFromInline let bits: UInt64

  @inlinable
  init(_ bits: UInt64) { self.bits = bits }

  @inlinable public static var varint: WireType { WireType(0) }
  @inlinable public static var fixed64: WireType { WireType(1) }
  /// A length and so many bytes.
  @inlinable public static var delimited: WireType { WireType(2) }
  @inlinable public static var fixed32: WireType { WireType(5) }
}
