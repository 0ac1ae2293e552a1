/// Appends protobuf fields to bytes: as much of the encoding as status details need.
struct ProtobufFields {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ number: UInt32, integer: Int64) {
    guard integer != 0 else { return }
    varint(UInt64(number) << 3)
    varint(UInt64(bitPattern: integer))
  }

  mutating func append(_ number: UInt32, string: String) {
    guard !string.isEmpty else { return }
    append(number, bytes: Array(string.utf8))
  }

  mutating func append(_ number: UInt32, bytes content: [UInt8]) {
    varint(UInt64(number) << 3 | 2)
    varint(UInt64(content.count))
    bytes.append(contentsOf: content)
  }

  /// A submessage of two strings, numbered 1 and 2.
  mutating func append(_ number: UInt32, pair: (String, String)) {
    var inner = ProtobufFields()
    inner.append(1, string: pair.0)
    inner.append(2, string: pair.1)
    append(number, bytes: inner.bytes)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 0x7f {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
