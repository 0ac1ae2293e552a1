/// The protobuf encoding, written out once more so that the tests do not ask the code under test.
enum Wire {
  static func varint(_ value: UInt64) -> [UInt8] {
    var value = value
    var bytes: [UInt8] = []
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    return bytes + [UInt8(value)]
  }

  static func tag(_ number: Int32, _ wireType: UInt8) -> [UInt8] {
    varint(UInt64(number) << 3 | UInt64(wireType))
  }

  static func delimited(_ bytes: [UInt8]) -> [UInt8] { varint(UInt64(bytes.count)) + bytes }

  /// A length-delimited field.
  static func field(_ number: Int32, _ bytes: [UInt8]) -> [UInt8] {
    tag(number, 2) + delimited(bytes)
  }

  static func field(_ number: Int32, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

  static func hex(_ text: String) -> [UInt8] {
    let digits = Array(text)
    return stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(digits[$0...($0 + 1)]), radix: 16)
    }
  }
}
