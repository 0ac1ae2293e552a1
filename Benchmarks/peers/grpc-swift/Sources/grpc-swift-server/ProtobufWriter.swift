/// Appends protobuf's fields to a buffer that is large enough.
struct ProtobufWriter {
  private let target: UnsafeMutableRawBufferPointer
  private var index = 0

  init(_ target: UnsafeMutableRawBufferPointer) { self.target = target }

  mutating func varint(_ tag: UInt8, _ value: UInt64) {
    byte(tag)
    varint(value)
  }

  /// An empty one is left out, as proto3 does.
  mutating func string(_ tag: UInt8, _ text: String) {
    var text = text
    text.withUTF8 { source in
      guard !source.isEmpty else { return }
      byte(tag)
      varint(UInt64(source.count))
      UnsafeMutableRawBufferPointer(rebasing: target[index...])
        .copyMemory(from: UnsafeRawBufferPointer(source))
      index += source.count
    }
  }

  private mutating func varint(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      byte(UInt8(truncatingIfNeeded: value) | 0x80)
      value &>>= 7
    }
    byte(UInt8(truncatingIfNeeded: value))
  }

  private mutating func byte(_ value: UInt8) {
    target[index] = value
    index &+= 1
  }
}
