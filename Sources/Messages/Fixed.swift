/// A number of protobuf's types fixed32, fixed64, sfixed32 and sfixed64: all its bytes are sent.
public struct Fixed<Number: FixedWidthInteger & BitwiseCopyable>: WireKey, Comparable {
  @usableFromInline let number: Number

  @inlinable
  public init(_ number: Number) { self.number = number }

  @inlinable public static var wireType: WireType {
    MemoryLayout<Number>.size == 4 ? .fixed32 : .fixed64
  }

  @inlinable @inline(__always)
  public static func isDefault(_ value: Self) -> Bool { value.number == 0 }

  @inlinable
  public static func < (first: Self, second: Self) -> Bool { first.number < second.number }

  @inlinable @inline(__always)
  public func writeValue(to sink: inout some FieldSink) { sink.fixed(number) }
}
