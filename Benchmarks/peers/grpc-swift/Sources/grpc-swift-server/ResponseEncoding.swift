import GRPCCore

/// Encodes responses by hand.
struct ResponseEncoding: MessageSerializer {
  func serialize<Bytes: GRPCContiguousBytes>(_ response: BenchResponse) throws -> Bytes {
    var bytes = Bytes(repeating: 0, count: response.encodedBytes)
    bytes.withUnsafeMutableBytes { response.encode(into: $0) }
    return bytes
  }
}
