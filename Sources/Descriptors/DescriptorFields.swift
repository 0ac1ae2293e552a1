internal import Wire

/// Walks the fields of one message of a descriptor.
struct DescriptorFields {
  private var reader: ProtobufReader

  init(_ bytes: UnsafeRawBufferPointer) { reader = ProtobufReader(bytes) }

  /// The next field; nil after the last.
  mutating func next() throws(DescriptorError) -> DescriptorField? {
    if reader.isAtEnd { return nil }
    guard let (number, value) = reader.next() else { throw .malformed("a field cannot be read") }
    return DescriptorField(number: number, value: value)
  }
}

/// One field, still in the bytes it was read from.
struct DescriptorField {
  let number: UInt32
  fileprivate let value: ProtobufReader.Value

  func content() throws(DescriptorError) -> UnsafeRawBufferPointer {
    guard case .bytes(let bytes) = value else { throw mismatch }
    return bytes
  }

  func text() throws(DescriptorError) -> String {
    guard let text = String(validating: try content(), as: UTF8.self) else {
      throw .malformed("field \(number) is not UTF-8")
    }
    return text
  }

  func integer() throws(DescriptorError) -> Int64 {
    guard case .varint(let value) = value else { throw mismatch }
    return Int64(bitPattern: value)
  }

  /// A repeated integer, packed or not.
  func integers() throws(DescriptorError) -> [Int64] {
    if case .varint(let value) = value { return [Int64(bitPattern: value)] }
    var numbers: [Int64] = []
    var rest = try content()[...]
    while !rest.isEmpty {
      var (number, shift): (UInt64, UInt64) = (0, 0)
      while true {
        guard let byte = rest.popFirst(), shift < 70 else { throw mismatch }
        number |= UInt64(byte & 0x7f) << shift
        shift += 7
        if byte < 0x80 { break }
      }
      numbers.append(Int64(bitPattern: number))
    }
    return numbers
  }

  /// The field `name` (1) of a submessage.
  func nestedName() throws(DescriptorError) -> String {
    var fields = DescriptorFields(try content())
    while let field = try fields.next() {
      if field.number == 1 { return try field.text() }
    }
    return ""
  }

  /// An integer among options; nil: it is not set.
  func option(_ wanted: UInt32) throws(DescriptorError) -> Int64? {
    var fields = DescriptorFields(try content())
    var result: Int64?
    while let field = try fields.next() {
      if field.number == wanted { result = try field.integer() }
    }
    return result
  }

  /// A truth value among options.
  func flag(_ wanted: UInt32) throws(DescriptorError) -> Bool {
    try option(wanted) ?? 0 != 0
  }

  /// `start` (1) and `end` (2), which ranges of messages exclude and those of enums include.
  func range(isClosed: Bool) throws(DescriptorError) -> ClosedRange<Int64> {
    let start = try option(1) ?? 0
    let (end, overflow) = (try option(2) ?? 0).subtractingReportingOverflow(isClosed ? 0 : 1)
    guard !overflow, start <= end else { throw .malformed("a range ends before it begins") }
    return start...end
  }

  private var mismatch: DescriptorError { .malformed("field \(number) is of another kind") }
}
