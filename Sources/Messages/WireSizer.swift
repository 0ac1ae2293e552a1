/// Counts the bytes that fields take on the wire.
public struct WireSizer: FieldSink {
  /// Bytes of all that it was given.
  @usableFromInline var count = 0

  @inlinable
  init() {}

  /// Bytes of the fields that `body` names.
  @inlinable @inline(__always)
  public static func bytes(_ body: (inout WireSizer) -> Void) -> Int {
    var sizer = WireSizer()
    body(&sizer)
    return sizer.count
  }

  @inlinable public static var ignoresOrder: Bool { true }

  @inlinable @inline(__always)
  public mutating func tag(_ field: Int, _ type: WireType) {
    varint(UInt64(truncatingIfNeeded: field) << 3)
  }

  /// Seven bits a byte: of 1 to 64 bits `(9 * bits + 64) / 64` is a seventh, rounded up.
  @inlinable @inline(__always)
  public mutating func varint(_ value: UInt64) {
    let bits = 64 &- (value | 1).leadingZeroBitCount
    count &+= (bits &* 9 &+ 64) &>> 6
  }

  @inlinable @inline(__always)
  public mutating func fixed(_ value: some FixedWidthInteger & BitwiseCopyable) {
    count &+= MemoryLayout.size(ofValue: value)
  }

  @inlinable @inline(__always)
  public mutating func delimited(_ bytes: UnsafeRawBufferPointer) { delimited(bytes.count) }

  @inlinable @inline(__always)
  public mutating func delimited(_ text: String) { delimited(text.utf8.count) }

  @inlinable @inline(__always)
  public mutating func delimited(_ message: some EncodableMessage) {
    delimited(message.encodedBytes)
  }

  @inlinable @inline(__always)
  mutating func delimited(_ bytes: Int) {
    varint(UInt64(truncatingIfNeeded: bytes))
    count &+= bytes
  }
}
