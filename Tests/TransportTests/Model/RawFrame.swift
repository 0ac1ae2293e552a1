/// A frame as bytes that claim to be one: every field may be wrong.
struct RawFrame: Equatable {
  var length: Int
  var type: UInt8
  var flags: UInt16
  var reserved: UInt16 = 0
  var stream: UInt32
  var payload: [UInt8]

  static let end: UInt16 = 1
  static let more: UInt16 = 2
  static let begin: UInt16 = 4
  static let ignorable: UInt16 = 0x8000

  init(_ type: UInt8, _ flags: UInt16 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) {
    length = payload.count
    self.type = type
    self.flags = flags
    self.stream = stream
    self.payload = payload
  }

  /// Without flags.
  init(_ type: UInt8, stream: UInt32 = 0, _ payload: [UInt8]) {
    self.init(type, 0, stream: stream, payload)
  }

  /// The bytes as docs/protocol.md, section 2, draws them.
  var bytes: [UInt8] {
    var result = Bytes.big(UInt64(length), 3) + [type]
    result += Bytes.big(UInt64(flags), 2) + Bytes.big(UInt64(reserved), 2)
    result += Bytes.big(UInt64(stream), 4)
    return result + payload
  }

  func has(_ flag: UInt16) -> Bool { flags & flag != 0 }
}
