// What protobuf calls int32, int64, uint32, uint64, bool, float, double, string, bytes, and enums.
// The other types of numbers are `ZigZag` and `Fixed`.

extension WireValue where Self: FixedWidthInteger {
  @inlinable public static var wireType: WireType { .varint }

  @inlinable @inline(__always)
  public static func isDefault(_ value: Self) -> Bool { value == 0 }

  /// Negative numbers take ten bytes, in 32 bits too.
  @inlinable @inline(__always)
  public func writeValue(to sink: inout some FieldSink) {
    sink.varint(UInt64(truncatingIfNeeded: self))
  }
}

extension Int32: WireKey {}
extension Int64: WireKey {}
extension UInt32: WireKey {}
extension UInt64: WireKey {}

extension Bool: WireKey {
  @inlinable public static var wireType: WireType { .varint }

  @inlinable @inline(__always)
  public static func isDefault(_ value: Bool) -> Bool { !value }

  @inlinable
  public static func precedes(_ first: Bool, _ second: Bool) -> Bool { !first && second }

  @inlinable @inline(__always)
  public func writeValue(to sink: inout some FieldSink) { sink.varint(self ? 1 : 0) }
}

extension MessageEnum {
  @inlinable public static var wireType: WireType { .varint }

  @inlinable @inline(__always)
  public static func isDefault(_ value: Self) -> Bool { value.rawValue == 0 }

  @inlinable @inline(__always)
  public func writeValue(to sink: inout some FieldSink) { rawValue.writeValue(to: &sink) }
}

/// Zero of either sign is the default, as it is for protobuf-c.
extension WireValue where Self: BinaryFloatingPoint {
  @inlinable @inline(__always)
  public static func isDefault(_ value: Self) -> Bool { value == 0 }
}

extension Float: WireValue {
  @inlinable public static var wireType: WireType { .fixed32 }

  @inlinable @inline(__always)
  public func writeValue(to sink: inout some FieldSink) { sink.fixed(bitPattern) }
}

extension Double: WireValue {
  @inlinable public static var wireType: WireType { .fixed64 }

  @inlinable @inline(__always)
  public func writeValue(to sink: inout some FieldSink) { sink.fixed(bitPattern) }
}

extension String: WireKey {
  @inlinable public static var wireType: WireType { .delimited }

  @inlinable @inline(__always)
  public static func isDefault(_ value: String) -> Bool { value.isEmpty }

  @inlinable @inline(__always)
  public func writeValue(to sink: inout some FieldSink) { sink.delimited(self) }
}

extension Array: WireValue where Element == UInt8 {
  @inlinable public static var wireType: WireType { .delimited }

  @inlinable @inline(__always)
  public static func isDefault(_ value: [UInt8]) -> Bool { value.isEmpty }

  @inlinable @inline(__always)
  public func writeValue(to sink: inout some FieldSink) {
    withUnsafeBytes { sink.delimited($0) }
  }
}
