/// Takes protobuf's fields off the front of a buffer that is lent.
struct ProtobufReader {
  private let bytes: UnsafeRawBufferPointer
  private var index = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var isAtEnd: Bool { index >= bytes.count }

  /// Nil at the end of the bytes.
  @inline(__always)
  mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while index < bytes.count, shift < 64 {
      let byte = bytes[index]
      index &+= 1
      value |= UInt64(byte & 0x7f) &<< shift
      if byte < 0x80 { return value }
      shift &+= 7
    }
    return nil
  }

  @inline(__always)
  mutating func string() -> String? {
    guard let length = varint(), length <= UInt64(bytes.count &- index) else { return nil }
    let end = index &+ Int(length)
    defer { index = end }
    return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[index..<end]), as: UTF8.self)
  }

  /// False where there is no such field.
  mutating func skip(_ tag: UInt64) -> Bool {
    switch tag & 7 {
    case 0: return varint() != nil
    case 1: return advance(8)
    case 2:
      guard let length = varint(), length <= UInt64(bytes.count &- index) else { return false }
      return advance(Int(length))
    case 5: return advance(4)
    default: return false
    }
  }

  private mutating func advance(_ count: Int) -> Bool {
    guard count <= bytes.count &- index else { return false }
    index &+= count
    return true
  }
}
