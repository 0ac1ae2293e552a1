/// Walks the fields of one protobuf message without copying. Malformed bytes end the walk with nil.
package struct ProtobufReader {
  package enum Value {
    case varint(UInt64)
    case fixed
    case bytes(UnsafeRawBufferPointer)
  }

  private var cursor: ByteCursor

  package init(_ bytes: UnsafeRawBufferPointer) { cursor = ByteCursor(bytes) }

  package var isAtEnd: Bool { cursor.remaining == 0 }

  package mutating func next() -> (number: UInt32, value: Value)? {
    guard let tag = varint(), tag >> 3 >= 1, tag >> 3 < 1 << 29 else { return nil }
    let number = UInt32(tag >> 3)
    switch tag & 7 {
    case 0:
      return varint().map { (number, .varint($0)) }
    case 1:
      return cursor.bytes(8).map { _ in (number, .fixed) }
    case 2:
      guard let count = varint(), count <= UInt64(cursor.remaining) else { return nil }
      return cursor.bytes(Int(count)).map { (number, .bytes($0)) }
    case 5:
      return cursor.bytes(4).map { _ in (number, .fixed) }
    default:
      return nil
    }
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = cursor.uint8() else { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
