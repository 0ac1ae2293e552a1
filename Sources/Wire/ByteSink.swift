/// Writes big-endian numbers and bytes one behind the other into memory that the caller has sized:
/// programmer error, not input, decides whether it fits.
package struct ByteSink {
  @usableFromInline let base: UnsafeMutableRawPointer
  /// Bytes written.
  package private(set) var count = 0
  @usableFromInline let capacity: Int

  package init(_ buffer: UnsafeMutableRawBufferPointer) {
    precondition(buffer.baseAddress != nil, "a sink needs memory")
    base = buffer.baseAddress.unsafelyUnwrapped
    capacity = buffer.count
  }

  package mutating func uint8(_ value: UInt8) { store(value) }

  package mutating func uint16(_ value: UInt16) { store(value.bigEndian) }

  package mutating func uint32(_ value: UInt32) { store(value.bigEndian) }

  package mutating func uint64(_ value: UInt64) { store(value.bigEndian) }

  package mutating func bytes(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count <= capacity - count, "sink overrun")
    guard let source = bytes.baseAddress else { return }
    (base + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }

  package mutating func bytes(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { self.bytes($0) }
  }

  package mutating func utf8(_ string: String) {
    var string = string
    string.withUTF8 { self.bytes(UnsafeRawBufferPointer($0)) }
  }

  private mutating func store<T: BitwiseCopyable>(_ value: T) {
    precondition(MemoryLayout<T>.size <= capacity - count, "sink overrun")
    (base + count).storeBytes(of: value, as: T.self)
    count += MemoryLayout<T>.size
  }
}
