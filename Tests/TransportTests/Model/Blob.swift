import Glibc

/// Bytes that are compared as fast as the machine can: an array of a build for tests compares one
/// by one.
struct Blob: Equatable, CustomStringConvertible {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = Array(bytes) }

  var count: Int { bytes.count }

  var description: String { "\(count) bytes" }

  static func == (a: Blob, b: Blob) -> Bool {
    guard a.count == b.count else { return false }
    return a.bytes.withUnsafeBytes { a in
      b.bytes.withUnsafeBytes { b in
        guard let a = a.baseAddress, let other = b.baseAddress else { return true }
        return memcmp(a, other, b.count) == 0
      }
    }
  }

  /// `count` times the same byte.
  static func filled(_ byte: UInt8, _ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
      if let base = buffer.baseAddress { memset(base, Int32(byte), count) }
      used = count
    }
  }
}
