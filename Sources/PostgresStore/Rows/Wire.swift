/// Big-endian integers, as PostgreSQL's binary formats have them.
enum Wire {
  static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
  }

  static func store(_ number: some FixedWidthInteger, to bytes: inout [UInt8], at offset: Int) {
    bytes.withUnsafeMutableBytes {
      $0.storeBytes(of: number.bigEndian, toByteOffset: offset, as: type(of: number))
    }
  }

  /// Nil if the bytes are not exactly one such number.
  static func load<Number: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, as: Number.Type = Number.self
  ) -> Number? {
    guard bytes.count == MemoryLayout<Number>.size else { return nil }
    return Number(bigEndian: bytes.loadUnaligned(as: Number.self))
  }
}
