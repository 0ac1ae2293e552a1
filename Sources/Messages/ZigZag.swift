/// A number of protobuf's types sint32 and sint64: small ones of either sign take few bytes.
public struct ZigZag<Number: FixedWidthInteger & SignedInteger>: WireKey, Comparable {
  @usableFromInline let number: Number

  @inlinable
  public init(_ number: Number) { self.number = number }

  @inlinable public static var wireType: WireType { .varint }

  @inlinable @inline(__always)
  public static func isDefault(_ value: Self) -> Bool { value.number == 0 }

  @inlinable
  public static func < (first: Self, second: Self) -> Bool { first.number < second.number }

  @inlinable @inline(__always)
  public func writeValue(to sink: inout some FieldSink) {
    let folded = number << 1 ^ number >> (Number.bitWidth - 1)
    // By way of the type without a sign, lest the sign be extended.
    sink.varint(UInt64(Number.Magnitude(truncatingIfNeeded: folded)))
  }
}
