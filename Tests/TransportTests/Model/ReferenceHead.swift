/// The head of an OPEN, read as docs/protocol.md, section 3, says; nil where the page forbids it.
struct ReferenceHead {
  let microseconds: UInt64
  let method: String
  /// Keys and values in turn.
  let metadata: [[UInt8]]
  let metadataBytes: Int
  let rest: [UInt8]

  init?(_ payload: [UInt8]) {
    guard payload.count >= 12 else { return nil }
    let methodBytes = Int(Bytes.number(payload[8..<10]))
    let metadataBytes = Int(Bytes.number(payload[10..<12]))
    guard payload.count >= 12 + methodBytes + metadataBytes else { return nil }
    let method = payload[12..<(12 + methodBytes)]
    guard (1...255).contains(methodBytes), method.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      return nil
    }
    let pairs = Array(payload[(12 + methodBytes)..<(12 + methodBytes + metadataBytes)])
    guard let metadata = Self.pairs(pairs) else { return nil }
    microseconds = Bytes.number(payload[0..<8])
    self.method = String(decoding: method, as: UTF8.self)
    self.metadata = metadata
    self.metadataBytes = metadataBytes
    rest = Array(payload[(12 + methodBytes + metadataBytes)...])
  }

  private static func pairs(_ bytes: [UInt8]) -> [[UInt8]]? {
    let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789-_.".utf8)
    var result: [[UInt8]] = []
    var offset = 0
    while offset < bytes.count {
      guard bytes.count >= offset + 3 else { return nil }
      let keyBytes = Int(bytes[offset])
      let valueBytes = Int(Bytes.number(bytes[(offset + 1)..<(offset + 3)]))
      guard bytes.count >= offset + 3 + keyBytes + valueBytes else { return nil }
      let key = Array(bytes[(offset + 3)..<(offset + 3 + keyBytes)])
      guard (1...64).contains(keyBytes), key.allSatisfy(allowed.contains) else { return nil }
      offset += 3 + keyBytes
      result += [key, Array(bytes[offset..<(offset + valueBytes)])]
      offset += valueBytes
    }
    return result.count <= 2 * 128 ? result : nil
  }
}
