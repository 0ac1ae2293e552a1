/// What a client sends, in PostgreSQL's protocol 3 (its documentation, section "Message Formats").
/// Bytes gather here and leave from the front.
struct MessageWriter {
  private(set) var bytes: [UInt8] = []
  /// How many of `bytes` have left.
  private var sent = 0

  var isEmpty: Bool { sent == bytes.count }

  /// Lends what has not left.
  func withUnsent<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
  }

  mutating func consume(_ count: Int) {
    sent += count
    guard sent == bytes.count else { return }
    sent = 0
    // What a rare large statement took is not kept.
    bytes.removeAll(keepingCapacity: bytes.capacity <= Limits.keptBufferBytes)
  }

  mutating func removeAll() {
    bytes = []
    sent = 0
  }

  // MARK: Messages

  /// Prepares under a name; the empty one is replaced by the next.
  mutating func parse(_ name: String, _ sql: String) {
    message("P") { bytes in
      Self.append(name, to: &bytes)
      Self.append(sql, to: &bytes)
      bytes.append(0)
      bytes.append(0)
    }
  }

  /// Parameters and results in binary form, in the unnamed portal.
  mutating func bind(_ name: String, _ parameters: Parameters) {
    message("B") { bytes in
      bytes.append(0)
      Self.append(name, to: &bytes)
      // One format for all parameters: binary.
      Wire.append(0x0001_0001 as UInt32, to: &bytes)
      Wire.append(UInt16(parameters.count), to: &bytes)
      bytes.append(contentsOf: parameters.bytes)
      // And for all columns.
      Wire.append(0x0001_0001 as UInt32, to: &bytes)
    }
  }

  /// Runs the unnamed portal to its end. The columns are not asked for (Describe): who wrote the
  /// statement knows them, and describing them costs both sides more than a small row.
  mutating func execute() {
    bytes.append(contentsOf: [UInt8(ascii: "E"), 0, 0, 0, 9, 0, 0, 0, 0, 0])
  }

  mutating func sync() { bytes.append(contentsOf: [UInt8(ascii: "S"), 0, 0, 0, 4]) }

  private mutating func message(_ type: Unicode.Scalar, _ write: (inout [UInt8]) -> Void) {
    bytes.append(UInt8(ascii: type))
    let start = bytes.count
    Wire.append(0 as UInt32, to: &bytes)
    write(&bytes)
    Wire.store(UInt32(bytes.count - start), to: &bytes, at: start)
  }

  private static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: text.utf8)
    bytes.append(0)
  }
}
